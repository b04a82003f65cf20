"""Sends one SMS_SEND_REQUEST and prints its ANSWER. Python 3.8 or newer, nothing else.

    python3 send.py --url https://localhost:1815/dave/io --auth-key KEY --route VerifyCode_516 \
        --ca ca.pem --cert client.pem --key client.key --text "Your code is 1234" 852:67000011 65:81234567

Exit code 0: at least one number was accepted. 1: none was. 2: nobody can know (look before you send again).
"""
import argparse
import http.client
import json
import ssl
import sys
import time
from urllib.parse import urlsplit

BEIJING = 8 * 3600
RESULT_OK = 1

options = argparse.ArgumentParser(description="Sends SMS through CloudSMS by UIP.")
options.add_argument("--url", required=True, help="where send requests go; ends in /dave/io")
options.add_argument("--auth-key", required=True)
options.add_argument("--route", required=True, help="ROUTE_ID")
options.add_argument("--text", required=True)
options.add_argument("--ca", help="authority that the platform's certificate comes from; default: the system's")
options.add_argument("--cert", help="our certificate; the platform may do without in a sandbox")
options.add_argument("--key", help="its private key")
options.add_argument("--sender", help="ORIGINAL_ADDR; default: the account's")
options.add_argument("--bare", action="store_true", help="leave Content-Type and TIME out, as many old clients do")
options.add_argument("numbers", nargs="+", metavar="COUNTRY:NUMBER")
given = options.parse_args()

packet = {
    "METHOD": "SMS_SEND_REQUEST",
    "TYPE": "REQUEST",
    "SERIAL": 1,
    "AUTH_KEY": given.auth_key,
    "MULTI_MSISDN_LIST": [
        {"COUNTRY_CODE": int(country), "DEST_MSISDN": number}
        for country, number in (pair.split(":", 1) for pair in given.numbers)
    ],
    "SMS_CONTENT": given.text,
    "ROUTE_ID": given.route,
    "VERSION": "2021-01-01",
}
headers = {}
if given.sender:
    packet["ORIGINAL_ADDR"] = given.sender
if not given.bare:
    packet["TIME"] = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(time.time() + BEIJING))
    headers["Content-Type"] = "application/json; charset=utf-8"

context = ssl.create_default_context(cafile=given.ca)
if given.cert:
    context.load_cert_chain(given.cert, given.key)
url = urlsplit(given.url)
connection = http.client.HTTPSConnection(url.hostname, url.port or 443, timeout=30, context=context)
try:
    connection.request("POST", url.path, json.dumps(packet, ensure_ascii=False).encode("utf-8"), headers)
    response = connection.getresponse()
    body = response.read()
except ConnectionRefusedError as error:
    sys.exit(f"not sent: {error}")
except (OSError, http.client.HTTPException) as error:
    print(f"no ANSWER: {error}; whether it was sent is not known", file=sys.stderr)
    sys.exit(2)
finally:
    connection.close()

if response.status in (403, 404, 405, 413):
    sys.exit(f"HTTP {response.status}: not sent; address, URL or size are not right")
try:
    answer = json.loads(body)
    result = answer["RESULT_CODE"]
except (ValueError, KeyError, TypeError):
    print(f"HTTP {response.status} and no ANSWER; whether it was sent is not known", file=sys.stderr)
    sys.exit(2)

print(json.dumps(answer, ensure_ascii=False))
sys.exit(0 if result == RESULT_OK else 1)
