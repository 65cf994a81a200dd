// Stands in for the SDK's encryption, 5 MB of WebAssembly that nothing here asks for.
module.exports = {};
