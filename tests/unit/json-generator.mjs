// SPDX-FileCopyrightText: the Gangway authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Frames to try a JSON reader on, the same ones for the same seed: valid, almost valid, and anything.

import { isWellFormed } from '../node/well-formed.mjs';

const NAMES = ['type', 'id', 'method', 'event', 'ok', 'params', 'payload', 'error', 'message'];
// The one with a backslash is one by which V8 cannot misread others (see json-equality.mjs).
const OTHER_NAMES = ['', 'typ', 'types', 'Type', 'params ', 'seq', '__proto__', '0', 'i\u0000d', 'é', '\ud83d\ude00', 'C:\\x',
  '"'];
const TYPES = ['req', 'res', 'event', 'error', 'req ', 'Req', '', 'pre-handshake'];
const NUMBERS = ['0', '-0', '1', '-1', '10', '0.5', '-0.0', '1.0', '1e5', '1E+2', '1e-7', '5e-324', '1e400', '-1e400',
  '9007199254740993', '9223372036854775807', '9223372036854775808', '-9223372036854775809', '12345678901234567890',
  '123456789012345678901234567890.5', '1e0', '0e0', '1.7976931348623157e308', '2.2250738585072011e-308'];
const BAD_NUMBERS = ['01', '-', '+1', '.5', '1.', '1e', '1e+', '0x1', '-01', '1.e1', '1_0', 'NaN', 'Infinity', '-Infinity', '00', '--1'];
const CHARACTERS = ['a', 'b', 'Z', ' ', '/', '"', '\\', '\n', '\t', '\b', '\f', '\r', '\u0000', '\u001f', '\u007f', 'é',
  'ß', '€', '\u2028', '\u2029', '\ufeff', '\ufffd', '\uffff', '\ud83d\ude00', '\udbff\udfff', '\ud800', '\udc00', '\udfff'];
const INVALID_UTF8 = [[0x80], [0xbf], [0xc0, 0xaf], [0xc1], [0xc3], [0xe2, 0x82], [0xe2], [0xe0, 0x80, 0x80], [0xe0, 0xa0],
  [0xed, 0xa0, 0x80], [0xed, 0x9f], [0xf0, 0x90, 0x80], [0xf0, 0x80, 0x80, 0x80], [0xf0, 0x9f], [0xf4, 0x90, 0x80, 0x80],
  [0xf4, 0x8f, 0xbf], [0xf5], [0xfe], [0xff], [0xe2, 0x82, 0xe2, 0x82], [0xef, 0xbb, 0xbf]];
const TOKENS = ['{', '}', '[', ']', ',', ':', '"type"', '"req"', '"id"', '"', '\\', 'true', 'false', 'null', 'nul', 'True',
  '0', '1', '-1', '1.5', '1e1', ' ', '\t', '\n', '\r', '\v', '\f', '\u00a0', '\ufeff', '\u2028', '\0', "'", '//', '/*x*/',
  '"params"', '"method"', 'undefined', '\\u0061'];
const SPACES = [' ', '\n', '\t', '\r', '\r\n', '    '];

export class FrameGenerator {
  #state;

  constructor(seed) {
    this.#state = seed >>> 0;
  }

  // mulberry32
  #random() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  #below(n) {
    return Math.floor(this.#random() * n);
  }

  #chance(p) {
    return this.#random() < p;
  }

  #pick(list) {
    return list[this.#below(list.length)];
  }

  #space() {
    return this.#chance(0.15) ? Array.from({ length: 1 + this.#below(3) }, () => this.#pick(SPACES)).join('') : '';
  }

  #escaped(unit) {
    const hex = unit.charCodeAt(0).toString(16).padStart(4, '0');
    return `\\u${this.#chance(0.5) ? hex : hex.toUpperCase()}`;
  }

  // A literal for text, each character written in one of the ways there are.
  #literal(text, escapeChance = 0.1) {
    const short = { '"': '\\"', '\\': '\\\\', '/': '\\/', '\b': '\\b', '\f': '\\f', '\n': '\\n', '\r': '\\r', '\t': '\\t' };
    let out = '"';
    for (const character of text) {
      const mustEscape = character < ' ' || character === '"' || character === '\\' || !isWellFormed(character);
      if (!mustEscape && !this.#chance(escapeChance))
        out += character;
      else if (short[character] !== undefined && this.#chance(0.7))
        out += short[character];
      else
        out += character.split('').map((unit) => this.#escaped(unit)).join('');
    }
    return `${out}"`;
  }

  #text() {
    const length = this.#chance(0.01) ? this.#below(4000) : this.#below(this.#chance(0.2) ? 40 : 9);
    const isPlain = this.#chance(0.6);
    return Array.from({ length }, () => isPlain ? 'x' : this.#pick(CHARACTERS)).join('');
  }

  #scalar() {
    switch (this.#below(6)) {
    case 0: return this.#pick(NUMBERS);
    case 1: return String((this.#random() - 0.5) * 10 ** (this.#below(40) - 20));
    case 2: return this.#pick(['true', 'false', 'null']);
    default: return this.#literal(this.#text());
    }
  }

  #list(n, item) {
    return Array.from({ length: n }, () => this.#space() + item() + this.#space()).join(',') || this.#space();
  }

  #value(depth = 0) {
    if (depth > 4 || this.#chance(0.5))
      return this.#scalar();
    if (this.#chance(0.5))
      return `[${this.#list(this.#below(5), () => this.#value(depth + 1))}]`;
    return this.#object(this.#below(5), depth + 1, this.#chance(0.3));
  }

  #object(n, depth, isFrame) {
    return `{${this.#list(n, () => this.#member(depth, isFrame))}}`;
  }

  #member(depth, isFrame) {
    const name = isFrame && this.#chance(0.85) ? this.#pick(NAMES) : this.#pick(OTHER_NAMES);
    const isType = name === 'type' && this.#chance(0.9);
    const value = isType ? this.#literal(this.#pick(TYPES), 0.05) : this.#value(depth);
    return `${this.#literal(name, this.#chance(0.15) ? 0.5 : 0)}${this.#space()}:${this.#space()}${value}`;
  }

  #envelope() {
    return Buffer.from(this.#space() + this.#object(this.#below(9), 0, true) + this.#space());
  }

  // One to three bytes or pieces of a valid frame changed.
  #mutated() {
    let frame = this.#envelope();
    for (let n = 1 + this.#below(3); n > 0; n--) {
      const at = this.#below(frame.length + 1);
      const [head, tail] = [frame.subarray(0, at), frame.subarray(at)];
      const from = this.#below(frame.length + 1);
      switch (this.#below(6)) {
      case 0: frame = Buffer.concat([head, tail.subarray(1)]); break;
      case 1: frame = Buffer.concat([head, Buffer.from([this.#below(256)]), tail.subarray(1)]); break;
      case 2: frame = Buffer.concat([head, Buffer.from(this.#pick(TOKENS)), tail]); break;
      case 3: frame = Buffer.concat([head, frame.subarray(from, from + this.#below(12)), tail]); break;
      case 4: frame = Buffer.concat([head, Buffer.from(this.#pick(BAD_NUMBERS)), tail]); break;
      default: frame = this.#chance(0.3) ? Buffer.from(head) : frame; break;
      }
    }
    return frame;
  }

  // Bytes that are no UTF-8, mostly within a string.
  #binary() {
    let frame = this.#envelope();
    for (let n = 1 + this.#below(3); n > 0; n--) {
      const quotes = [...frame.keys()].filter((i) => frame[i] === 0x22);
      const at = quotes.length > 0 && this.#chance(0.9) ? this.#pick(quotes) + this.#below(2) : this.#below(frame.length + 1);
      frame = Buffer.concat([frame.subarray(0, at), Buffer.from(this.#pick(INVALID_UTF8)), frame.subarray(at)]);
    }
    return frame;
  }

  #soup() {
    return Buffer.from(Array.from({ length: this.#below(10) }, () => this.#pick(TOKENS)).join(''));
  }

  #numeric() {
    const number = this.#chance(0.5) ? this.#pick(BAD_NUMBERS)
      : Array.from({ length: 1 + this.#below(7) }, () => this.#pick('0123456789.-+eE')).join('');
    return Buffer.from(this.#chance(0.5) ? number : `{"type":"req","params":[${number}],"id":${number}}`);
  }

  #escapes() {
    const body = Array.from({ length: this.#below(12) }, () => this.#pick(['\\', 'u', '0', '\\u', 'd83d', '\\ud83d', '\\ude00',
      '\\u0000', '"', 'n', '\\n', '\\"', '\\\\', '\\u00', '\\x41', "\\'", '\\U0041', 'G', '\n', 'é', '\x7f'])).join('');
    return Buffer.from(`{"message":"${body}","type":"event"}`);
  }

  #deep() {
    const depth = this.#chance(0.8) ? 60 + this.#below(8) + 64 * this.#below(3) : this.#below(1500);
    const isObject = Array.from({ length: depth }, () => this.#chance(0.5));
    const nest = isObject.map((object) => object ? `${this.#space()}{"a":` : '[').join('') + this.#scalar() +
      isObject.reverse().map((object) => (object ? '}' : ']') + this.#space()).join('');
    const cut = this.#chance(0.15) ? this.#below(nest.length) : nest.length;
    return Buffer.from(`{"params":${nest.slice(0, cut)}${this.#chance(0.05) ? ']' : ''},"type":"req"}`);
  }

  #anything() {
    return Buffer.from(this.#space() + this.#value() + this.#space() + (this.#chance(0.1) ? this.#pick(TOKENS) : ''));
  }

  frame() {
    const kind = this.#below(100);
    if (kind < 35) return this.#envelope();
    if (kind < 60) return this.#mutated();
    if (kind < 72) return this.#binary();
    if (kind < 80) return this.#soup();
    if (kind < 86) return this.#numeric();
    if (kind < 92) return this.#escapes();
    if (kind < 94) return this.#deep();
    return this.#anything();
  }
}
