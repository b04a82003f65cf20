// Sends one SMS_SEND_REQUEST and prints its ANSWER. Node 18.11 or newer, nothing else.
//
//   node send.mjs --url https://localhost:1815/dave/io --auth-key KEY --route VerifyCode_516 \
//     --ca ca.pem --cert client.pem --key client.key --text "Your code is 1234" 852:67000011 65:81234567
//
// Exit code 0: at least one number was accepted. 1: none was. 2: nobody can know (look before you send again).
import fs from 'node:fs';
import https from 'node:https';
import { parseArgs } from 'node:util';

const { values: given, positionals: numbers } = parseArgs({
  allowPositionals: true,
  options: {
    url: { type: 'string' },
    'auth-key': { type: 'string' },
    route: { type: 'string' },
    text: { type: 'string' },
    ca: { type: 'string' }, // default: the system's authorities
    cert: { type: 'string' }, // the platform may do without in a sandbox
    key: { type: 'string' },
    sender: { type: 'string' }, // default: the account's
    'one-object': { type: 'boolean' }, // the single number as an object instead of a list, as some old clients send it
  },
});
for (const name of ['url', 'auth-key', 'route', 'text']) if (given[name] === undefined) fail(`--${name} is missing`, 1);
if (numbers.length === 0) fail('numbers are missing, such as 852:67000011', 1);

const list = numbers.map((pair) => {
  const [country, number] = pair.split(':');
  return { COUNTRY_CODE: Number(country), DEST_MSISDN: number };
});
const packet = {
  METHOD: 'SMS_SEND_REQUEST',
  TYPE: 'REQUEST',
  SERIAL: 1,
  TIME: new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 19).replace('T', ' '), // UTC+8
  AUTH_KEY: given['auth-key'],
  MULTI_MSISDN_LIST: given['one-object'] ? list[0] : list,
  SMS_CONTENT: given.text,
  ROUTE_ID: given.route,
  VERSION: '2021-01-01',
  ...(given.sender === undefined ? {} : { ORIGINAL_ADDR: given.sender }),
};
const read = (file) => (file === undefined ? undefined : fs.readFileSync(file));

const request = https.request(
  given.url,
  {
    method: 'POST',
    headers: { 'Content-Type': 'application/json; charset=utf-8' },
    ca: read(given.ca),
    cert: read(given.cert),
    key: read(given.key),
    signal: AbortSignal.timeout(30_000),
  },
  (response) => void readAnswer(response),
);
request.on('error', (error) =>
  error.code === 'ECONNREFUSED'
    ? fail(`not sent: ${error.message}`, 1)
    : fail(`no ANSWER: ${error.message}; whether it was sent is not known`, 2),
);
request.end(JSON.stringify(packet));

async function readAnswer(response) {
  const chunks = [];
  try {
    for await (const chunk of response) chunks.push(chunk);
  } catch (error) {
    fail(`no ANSWER: ${error.message}; whether it was sent is not known`, 2);
  }
  if ([403, 404, 405, 413].includes(response.statusCode))
    fail(`HTTP ${response.statusCode}: not sent; address, URL or size are not right`, 1);
  const answer = parse(Buffer.concat(chunks).toString());
  if (typeof answer?.RESULT_CODE !== 'number')
    fail(`HTTP ${response.statusCode} and no ANSWER; whether it was sent is not known`, 2);
  console.log(JSON.stringify(answer));
  process.exitCode = answer.RESULT_CODE === 1 ? 0 : 1;
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function fail(message, code) {
  console.error(message);
  process.exit(code);
}
