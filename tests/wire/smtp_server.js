// smtp-server on a Node whose OpenSSL has ML-KEM. Arguments: address, port, key file, chain file.
const fs = require("node:fs");
const { SMTPServer } = require("smtp-server");

const [address, port, key, cert] = process.argv.slice(2);
const server = new SMTPServer({
  key: fs.readFileSync(key),
  cert: fs.readFileSync(cert),
  disabledCommands: ["AUTH"],
  authOptional: true,
  name: "node.stack.test",
});
server.on("error", () => {}); // a scanner leaves in the middle of many handshakes
server.listen(Number(port), address, () => console.log("ready"));
