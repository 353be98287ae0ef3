// SPDX-FileCopyrightText: the Gangway authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// An OpenAI-compatible model on loopback: scripted-model.mjs PORT PORT-FILE
// It answers "echo: " and the first paragraph of the user's text, word by word, 30 ms apart. To a text with "(endless)" in
// it, it goes on until the connection closes. The port it listens on (PORT, or any if that is 0) goes into PORT-FILE.
import { renameSync, writeFileSync } from 'node:fs';
import http from 'node:http';

const WORD_MS = 30;
const [port, portFile] = process.argv.slice(2);

function textOf(content) {
  return typeof content === 'string' ? content : (content ?? []).map(part => part.text ?? '').join('');
}

// OpenClaw puts the time in front of what the user said, remarks of its own behind it, and more in a message of its own.
function userText(messages) {
  const texts = messages.filter(message => message.role === 'user').map(message => textOf(message.content));
  const said = texts.findLast(text => !text.startsWith('<<<')) ?? '';
  return said.replace(/^\[[^\]]*\] /, '').split('\n\n')[0];
}

function* wordsFor(request) {
  const text = userText(request.messages ?? []);
  yield* `echo: ${text}`.split(/(?<= )/);
  while (text.includes('(endless)'))
    yield ' more';
}

function chunk(delta, finishReason = null) {
  const choices = [{ index: 0, delta, finish_reason: finishReason }];
  return `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'scripted', choices })}\n\n`;
}

function stream(words, response) {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const timer = setInterval(() => {
    const { value, done } = words.next();
    if (done) {
      clearInterval(timer);
      response.end(`${chunk({}, 'stop')}data: [DONE]\n\n`);
    } else {
      response.write(chunk({ role: 'assistant', content: value }));
    }
  }, WORD_MS);
  response.on('close', () => clearInterval(timer));
}

const server = http.createServer((request, response) => {
  const parts = [];
  if (request.method !== 'POST') {
    response.writeHead(404).end();
    return;
  }
  request.on('data', part => parts.push(part));
  request.on('end', () => stream(wordsFor(JSON.parse(Buffer.concat(parts).toString())), response));
});
server.listen(Number(port), '127.0.0.1', () => {
  writeFileSync(`${portFile}.new`, `${server.address().port}\n`);
  renameSync(`${portFile}.new`, portFile);
});
