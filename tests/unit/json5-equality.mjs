/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * json5-equality.mjs ORACLE [COUNT [SEED]]: does relay_json5_parse () read what npm's json5 reads, and refuse what it
 * refuses? Asked for JSON5's published test cases, our own, the fuzzer's and COUNT generated documents.
 */

import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';

import { readCorpus } from '../node/corpus.mjs';
import { toWellFormed } from '../node/well-formed.mjs';
import cases from './json5-cases.mjs';

const JSON5 = createRequire(`${process.env.GANGWAY_NODE_DIR}/package.json`)('json5');
const [oracle, count = '25000', seed = '1'] = process.argv.slice(2);
console.warn = () => {}; /* json5 warns of U+2028 in strings */

/* What relay_json5_parse () refuses beyond json5, as its documentation says: what is not UTF-8, NUL in the text or in a
 * string, and what is nested more than 256 deep. */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const MAX_DEPTH = 256;
const depthOf = value => value === null || typeof value !== 'object' ? 0
  : 1 + Object.values(value).reduce((deepest, member) => Math.max(deepest, depthOf(member)), 0);
const hasNul = value => typeof value === 'string' ? value.includes('\0')
  : value !== null && typeof value === 'object' && Object.entries(value).some(([k, v]) => k.includes('\0') || hasNul(v));

const bits = number => Number.isNaN(number) ? 'NaN'
  : new BigUint64Array(new Float64Array([number]).buffer)[0].toString(16);

/* The oracle's encoding, with members sorted by name. */
function encode(value) {
  if (typeof value === 'number') return [bits(value)];
  if (typeof value === 'string') return toWellFormed(value);
  if (Array.isArray(value)) return [null, ...value.map(encode)];
  if (value === null || typeof value !== 'object') return value;
  return sorted(Object.entries(value).map(([k, v]) => [toWellFormed(k), encode(v)]));
}
const sorted = entries => ({ object: entries.sort((a, b) => a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0) });
const sort = value => Array.isArray(value) ? value.map(sort)
  : value !== null && typeof value === 'object' ? sorted(Object.entries(value).map(([k, v]) => [k, sort(v)])) : value;

function expected(bytes) {
  try {
    const text = decoder.decode(bytes);
    const value = JSON5.parse(text);
    return text.includes('\0') || hasNul(value) || depthOf(value) > MAX_DEPTH ? '!' : JSON.stringify(encode(value));
  } catch {
    return '!';
  }
}

/* mulberry32 */
let state = Number(seed) >>> 0;
function random(n) {
  state = (state + 0x6d2b79f5) >>> 0;
  let t = Math.imul(state ^ (state >>> 15), state | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) % n;
}
const pick = list => list[random(list.length)];
const many = (max, make) => Array.from({ length: random(max + 1) }, make).join('');

const spaces = ['', '', '', ' ', '\n', '\t', '\r\n', '\r', '\v', '\f', '\u00a0', '\ufeff', '\u2028', '\u2029', '\u2003', '\u3000',
  '//c\n', '// \u2028', '/**/', '/* * / ** */', '/*\n*/', '/***/'];
const digits = () => pick(['0', '1', '7', '9', '00', '12', '123', '4503599627370497', '9007199254740993', '18446744073709551616']);
const numbers = [
  () => digits(), () => digits() + '.', () => '.' + digits(), () => digits() + '.' + digits(),
  () => digits() + pick(['e', 'E']) + pick(['', '+', '-']) + pick(['0', '5', '10', '308', '400', '324']),
  () => pick(['0x', '0X']) + pick(['0', 'f', 'DEADbeef', '1fffffffffffff', '20000000000001', 'ffffffffffffffffffff', '']),
  () => pick(['Infinity', 'NaN', 'Infinit', '.', 'e5', '0b1', '0o7', '1_0']),
];
const number = () => pick(['', '', '-', '+', '- ', '--', '+-']) .replace(/^(- |--|\+-)$/, m => random(4) ? '' : m) + pick(numbers)();
const escapes = ['\\b', '\\f', '\\n', '\\r', '\\t', '\\v', '\\\'', '\\"', '\\\\', '\\/', '\\a', '\\x41', '\\xe9', '\\u00e9',
  '\\u2028', '\\ud83d\\ude00', '\\ud83d', '\\ude00', '\\ud83d\\\n\\ude00', '\\\n', '\\\r\n', '\\\r', '\\\u2028', '\\\u2029',
  '\\é', '\\😀', '\\$'];
const badEscapes = ['\\0', '\\01', '\\1', '\\9', '\\x4', '\\xg1', '\\u12', '\\u{41}', '\\u004g', '\\'];
const plain = ['a', 'Z', '0', ' ', 'é', 'ſ', '中', '😀', '\u2028', '\u2029', '\t', '\x01', '\x7f', '"', '\'', '${X}', '/*', '//'];
function string() {
  const quote = pick(['"', '\'']);
  const body = many(6, () => random(60) === 0 ? pick(['\n', '\r', ...badEscapes])
    : random(3) === 0 ? pick(escapes) : pick(plain).replace(quote, '\\' + quote));
  return quote + body + (random(80) === 0 ? '' : quote);
}
const starts = ['a', 'Z', '$', '_', 'é', 'ª', 'ß', 'Ω', 'ж', 'ا', '中', 'Ⅻ', '℮', '𝒜', '\\u0061', '\\u00e9', '\\u0024'];
const parts = [...starts, '0', '9', '\u200c', '\u200d', '\u0301', '٣', '‿', '·', '\\u0030', '\\u200d', '\\u0301'];
const badNames = ['1a', '-a', 'a-b', '\u0301a', '\\u0031', '\\x61', '\\u0020', 'a\\u002d', '€', '', '\u200ca', '😀', '#'];
const name = () => random(40) === 0 ? pick(badNames) : random(3) === 0 ? string()
  : pick([() => pick(starts) + many(4, () => pick(parts)), () => pick(['null', 'true', 'Infinity', 'NaN', 'class', '__proto__', 'a', 'a'])])();
const space = () => pick(spaces);
function list(open, close, item) {
  const items = Array.from({ length: random(4) }, item);
  const comma = random(100) === 0 ? pick([',,', '', ';']) : ',';
  return open + space() + items.join(comma) + (random(4) === 0 && (items.length || random(20) === 0) ? ',' + space() : '')
    + (random(100) === 0 ? '' : close);
}
function value(depth) {
  const kind = random(depth > 4 ? 7 : 12);
  if (kind < 2) return string();
  if (kind < 5) return number();
  if (kind < 7) return pick(['null', 'true', 'false', ...(random(20) ? [] : ['nul', 'True', 'undefined', ''])]);
  if (kind < 9) return list('[', ']', () => space() + value(depth + 1) + space());
  return list('{', '}', () => space() + name() + space() + (random(100) ? ':' : '') + space() + value(depth + 1) + space());
}
function mutate(text) {
  const units = [...text];
  const at = random(units.length + 1);
  units.splice(at, random(3), pick(['', ',', ':', '}', ']', '"', '\\', '/', '*', '0', 'x', 'e', '.', '-', '\n', 'é', '\u2028']));
  return units.join('');
}

const texts = Object.entries(cases).map(([label, text]) => [label, Buffer.from(text)]);
texts.push(...readCorpus('json5'));
const nWritten = texts.length;
for (let i = 0; i < Number(count); i++) {
  const text = space() + value(0) + space();
  texts.push([`generated ${i}`, Buffer.from(random(4) === 0 ? mutate(text) : text)]);
}

const input = Buffer.concat(texts.flatMap(([, bytes]) => [Buffer.from(`${bytes.length}\n`), bytes]));
const run = spawnSync(oracle, { input, maxBuffer: 1 << 30 });
const lines = run.stdout.toString().split('\n');
let refused = 0, wrong = 0;
texts.forEach(([label, bytes], i) => {
  const want = expected(bytes);
  const got = lines[i] === undefined || lines[i].startsWith('!') ? lines[i] ?? 'no answer' : JSON.stringify(sort(JSON.parse(lines[i])));
  if (want === '!') refused++;
  if (want !== got && wrong++ < 20)
    console.error(`${label}: ${JSON.stringify(bytes.toString())}\n  json5: ${want}\n  here:  ${got}`);
});
console.log('1..1');
console.log(`${wrong === 0 ? 'ok' : 'not ok'} 1 - /json5/as-npm-json5 # ${texts.length} documents (${nWritten} written, ${refused} refused by json5), ${wrong} read differently`);
process.exit(run.status !== 0 || wrong > 0 ? 1 : 0);
