// smtp-server on a Node whose OpenSSL has ML-KEM. Arguments: address, port, key file, chain file,
// and groups for the key exchange where those of the library by itself are not meant.
const fs = require("node:fs");
const { SMTPServer } = require("smtp-server");

const [address, port, key, cert, ecdhCurve] = process.argv.slice(2);
const server = new SMTPServer({
  key: fs.readFileSync(key),
  cert: fs.readFileSync(cert),
  ...(ecdhCurve && { ecdhCurve }),
  disabledCommands: ["AUTH"],
  authOptional: true,
  name: "node.stack.test",
});
server.on("error", () => {}); // a scanner leaves in the middle of many handshakes
server.listen(Number(port), address, () => console.log("ready"));
