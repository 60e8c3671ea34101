// The protocol by hand, without any library, see docs/PROTOCOL.md: node say.mjs TEXT FILE.wav
import { createWriteStream } from "node:fs";
import { connect } from "node:net";
if (process.argv.length !== 4) { console.error("node say.mjs TEXT FILE.wav"); process.exit(1); }
const { EDGE_TTS_SOCKET, XDG_RUNTIME_DIR, HOME } = process.env;
const folder = XDG_RUNTIME_DIR ? `${XDG_RUNTIME_DIR}/edge-tts` : `${HOME}/.local/state/edge-tts/run`;
const string = (s, n = Buffer.byteLength(s)) => [0xda, n >> 8, n, ...Buffer.from(s)]; // msgpack str 16
const value = (v) => (typeof v === "string" ? string(v) : v === false ? 0xc2 : v); // a small integer is itself
function decode(bytes, at = { next: 0 }) {
  const kind = bytes[at.next++];
  const take = (n) => bytes.subarray(at.next, (at.next += n));
  const uint = (n) => take(n).readUIntBE(0, n);
  const list = (n) => Array.from({ length: n }, () => decode(bytes, at));
  if (kind < 0x90) return kind < 0x80 ? kind : Object.fromEntries(Array.from({ length: kind & 15 }, () => list(2)));
  if (kind < 0xc0) return kind < 0xa0 ? list(kind & 15) : String(take(kind & 31));
  if (kind < 0xc7) return kind < 0xc4 ? [null, null, false, true][kind & 3] : take(uint(1 << (kind & 3))); // bin
  if (kind < 0xd9) return kind === 0xcb ? take(8).readDoubleBE() : uint(1 << (kind & 3)); // float 64, uint 8 to 32
  return String(take(uint(1 << (kind - 0xd9)))); // str 8 to 32
}
const request = { type: "speak", id: 1, text: process.argv[2], output: "return", format: "wav", stream: false };
const body = [0x80 + Object.keys(request).length, ...Object.entries(request).flat().flatMap(value)];
let [rest, end, file] = [Buffer.alloc(0), 0, createWriteStream(process.argv[3])];
const socket = connect(EDGE_TTS_SOCKET || `${folder}/edge-tts.sock`).on("data", (part) => {
  rest = Buffer.concat([rest, part]);
  for (; rest.length >= 4 && rest.length >= (end = 4 + rest.readUInt32BE()); rest = rest.subarray(end)) {
    const { type, data, message } = decode(rest.subarray(4, end));
    if (type === "audio") file.write(data);
    if (type === "done" || type === "failed") socket.destroy(message && Error(message));
  }
});
socket.write(Buffer.from([0, body.length >> 16, body.length >> 8, body.length, ...body]));
