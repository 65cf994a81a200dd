// One person's client: what a test asks of it, it does with the SDK's own functions.
import { CallEvent, CallEventHandlerEvent, CallState, createClient } from "./sdk/matrix-js-sdk.js";

let client;
let call;
const happened = [];

function follow(next) {
  call = next;
  call.on(CallEvent.State, (state) => happened.push(`state ${state}`));
  call.on(CallEvent.Error, (error) => happened.push(`error ${error.code} ${error.cause ?? error}`));
  call.on(CallEvent.Hangup, () => happened.push(`hangup ${call.hangupReason}`));
}

window.kairan = {
  // Sign in, and wait until the SDK has asked for the relay. With `answers`, whoever calls is answered.
  async start({ baseUrl, user, password, answers }) {
    const anonymous = createClient({ baseUrl });
    const session = await anonymous.loginRequest({
      type: "m.login.password",
      identifier: { type: "m.id.user", user },
      password,
    });
    client = createClient({
      baseUrl,
      userId: session.user_id,
      deviceId: session.device_id,
      accessToken: session.access_token,
      // Only by the relay: no candidate of the browser's own address.
      forceTURN: true,
      fallbackICEServerAllowed: false,
    });
    client.on(CallEventHandlerEvent.Incoming, (incoming) => {
      follow(incoming);
      happened.push("incoming");
      if (answers) incoming.answer(true, true);
    });
    const prepared = new Promise((resolve) => client.on("sync", (state) => state === "PREPARED" && resolve()));
    await client.startClient({ initialSyncLimit: 1 });
    await prepared;
    await client.checkTurnServers();
    return { userId: session.user_id, turnServers: client.getTurnServers() };
  },

  async place(roomId) {
    follow(client.createCall(roomId));
    // As clients do: what goes wrong is told by the call's own events as well.
    try {
      await call.placeCall(true, true);
    } catch (error) {
      happened.push(`thrown ${error.cause ?? error}`);
    }
  },

  hangUp: () => call.hangup("user_hangup", false),

  knows: (roomId) => client.getRoom(roomId)?.getMyMembership() === "join",

  hasSeen: (roomId, eventId) => Boolean(client.getRoom(roomId)?.findEventById(eventId)),

  happened: () => happened,

  connected: () => call?.state === CallState.Connected,

  // What the browser itself says of the media: the pair in use, and how much has come in.
  async media() {
    const report = [...(await call.getCurrentCallStats())];
    const transport = report.find((each) => each.type === "transport");
    const pair = report.find((each) => each.id === transport?.selectedCandidatePairId);
    const kind = (id) => report.find((each) => each.id === id)?.candidateType;
    const came = (media) => report.filter((each) => each.type === "inbound-rtp" && each.kind === media);
    return {
      local: kind(pair?.localCandidateId),
      remote: kind(pair?.remoteCandidateId),
      candidates: report.filter((each) => each.type === "local-candidate").map((each) => each.candidateType),
      audio: came("audio").reduce((sum, each) => sum + each.bytesReceived, 0),
      video: came("video").reduce((sum, each) => sum + each.bytesReceived, 0),
      frames: came("video").reduce((sum, each) => sum + (each.framesDecoded ?? 0), 0),
      roundTrip: pair?.currentRoundTripTime,
    };
  },
};
