"""Receives delivery reports and answers each, so that none comes again. Python 3.8 or newer, nothing else.

    python3 callback_server.py --port 3443 --cert server.pem --key server.key --ca ca.pem

Prints one line of JSON a report. Keep a report before you answer it: what is answered with RESULT_CODE 1 is yours.
"""
import argparse
import json
import ssl
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BEIJING = 8 * 3600
LARGEST = 64 * 1024
RESULT_OK, INVALID_PARAMETER = 1, 0x10000001
PRINTING = threading.Lock()  # each connection has a thread of its own

options = argparse.ArgumentParser(description="Receives delivery reports of CloudSMS.")
options.add_argument("--host", default="localhost")
options.add_argument("--port", type=int, default=3443, help="0: any free one")
options.add_argument("--cert", required=True, help="our certificate")
options.add_argument("--key", required=True, help="its private key")
options.add_argument("--ca", required=True, help="authority that the platform's certificate comes from")
given = options.parse_args()


def keep(report):
    """Stands for your database. Reports may come twice, late and out of order: go by SMS_UID and SMS_STATE."""
    with PRINTING:
        print(json.dumps(report, ensure_ascii=False), flush=True)


class Reports(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # connections are kept open between reports
    timeout = 60

    def do_POST(self):
        length = int(self.headers.get("Content-Length", 0))
        if self.path != "/dr" or length > LARGEST:
            self.close_connection = True
            self.send_error(404 if self.path != "/dr" else 413)
            return
        serial, result, description = 1, INVALID_PARAMETER, "Invalid_parameter"
        try:
            report = json.loads(self.rfile.read(length))
            serial = report["SERIAL"]
            if report["METHOD"].strip() == "SMS_PUSH_REPORT" and report["SMS_UID"] and report["SMS_RESULT_LIST"]:
                keep(report)
                result, description = RESULT_OK, "OK"
        except (ValueError, KeyError, TypeError, AttributeError):
            pass
        self.answer(serial, result, description)

    def answer(self, serial, result, description):
        body = json.dumps({
            "METHOD": "SMS_PUSH_REPORT",
            "TYPE": "ANSWER",
            "SERIAL": serial,
            "TIME": time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(time.time() + BEIJING)),
            "RESULT_CODE": result,
            "RESULT_DESC": description,
        }).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Addresses and numbers stay out of the log."""


context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=given.ca)
context.verify_mode = ssl.CERT_REQUIRED  # only the platform gets in
context.load_cert_chain(given.cert, given.key)
server = ThreadingHTTPServer((given.host, given.port), Reports)
# The handshake is made by the thread of the connection: one that never finishes it holds up nobody else.
server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
print(f"https://{given.host}:{server.server_port}/dr", file=sys.stderr, flush=True)
try:
    server.serve_forever()
except KeyboardInterrupt:
    server.server_close()
