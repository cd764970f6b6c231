// A TLS server on Node 0.10, whose OpenSSL is 1.0.1: with SSLv2 and every suite that it has.
// Arguments: address, port, key file, chain file.
var fs = require("fs"), tls = require("tls");

var address = process.argv[2], port = Number(process.argv[3]);
var server = tls.createServer({
  key: fs.readFileSync(process.argv[4]),
  cert: fs.readFileSync(process.argv[5]),
  secureProtocol: "SSLv23_method",
  ciphers: "ALL:COMPLEMENTOFALL",
}, function (connection) {
  connection.on("error", function () {}); // a scanner leaves in the middle of many handshakes
  connection.on("data", function () { connection.end(); }); // it speaks nothing inside
});
server.on("clientError", function () {});
server.listen(port, address, function () { console.log("ready"); });
