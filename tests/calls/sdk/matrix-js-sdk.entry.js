// What the page of the test needs of the SDK.
export { createClient } from "matrix-js-sdk";
export { CallEvent, CallState } from "matrix-js-sdk/lib/webrtc/call.js";
export { CallEventHandlerEvent } from "matrix-js-sdk/lib/webrtc/callEventHandler.js";
