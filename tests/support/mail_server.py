"""A small SMTP server on loopback that keeps what it gets."""

import socketserver
import threading


class MailServer:
    """Takes mails on a free port; with `refuses` it answers each of them with an error that quotes it."""

    def __init__(self, *, refuses=False):
        """Begin to listen."""
        self.mails = []
        self.senders = []
        self.refuses = refuses
        server = self

        class Session(socketserver.StreamRequestHandler):
            def handle(self):
                server.talk(self.rfile, self.wfile)

        self._listener = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session)
        self._listener.daemon_threads = True
        self.port = self._listener.server_address[1]
        threading.Thread(target=self._listener.serve_forever, daemon=True).start()

    def talk(self, incoming, outgoing):
        """Hold one conversation."""

        def say(line):
            outgoing.write(f"{line}\r\n".encode())

        say("220 ready")
        for line in incoming:
            word = line.split(b":")[0].strip().upper()
            if word == b"DATA":
                say("354 go on")
                mail = b"".join(iter(incoming.readline, b".\r\n")).decode()
                if self.refuses:
                    say(f"554 no: {' '.join(mail.split())}")
                else:
                    self.mails.append(mail)
                    say("250 kept")
            elif word == b"QUIT":
                say("221 bye")
                return
            else:
                if word == b"MAIL FROM":
                    self.senders.append(line.decode().partition("<")[2].partition(">")[0])
                say("250 fine")

    def stop(self):
        """Stop listening."""
        self._listener.shutdown()
        self._listener.server_close()
