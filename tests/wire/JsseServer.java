import java.io.FileInputStream;
import java.net.InetAddress;
import java.security.KeyStore;
import java.security.Security;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;

/**
 * A TLS server on JSSE with what no other packaged stack still speaks: SSLv3, RC4, DES, export,
 * NULL and anonymous suites. It completes handshakes and says nothing.
 * Arguments: address, port, PKCS#12 file (password "wire"), protocols, suites (with commas).
 */
public final class JsseServer {
    public static void main(String[] arguments) throws Exception {
        Security.setProperty("jdk.tls.disabledAlgorithms", "");
        Security.setProperty("jdk.certpath.disabledAlgorithms", "");
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (FileInputStream stream = new FileInputStream(arguments[2])) {
            store.load(stream, "wire".toCharArray());
        }
        KeyManagerFactory keys = KeyManagerFactory.getInstance("SunX509");
        keys.init(store, "wire".toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        InetAddress address = InetAddress.getByName(arguments[0]);
        SSLServerSocket listener = (SSLServerSocket) context.getServerSocketFactory()
            .createServerSocket(Integer.parseInt(arguments[1]), 50, address);
        listener.setEnabledProtocols(arguments[3].split(","));
        listener.setEnabledCipherSuites(arguments[4].split(","));
        System.out.println("ready");
        while (true) {
            SSLSocket socket = (SSLSocket) listener.accept();
            new Thread(() -> serve(socket)).start();
        }
    }

    private static void serve(SSLSocket socket) {
        try (socket) {
            socket.setSoTimeout(10000);
            socket.startHandshake();
            byte[] buffer = new byte[4096];
            while (socket.getInputStream().read(buffer) > 0) {
                socket.getOutputStream().write("250 ok\r\n".getBytes());
            }
        } catch (java.io.IOException expected) {
            // A scanner leaves in the middle of many handshakes.
        }
    }
}
