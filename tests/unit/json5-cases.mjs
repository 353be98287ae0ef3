/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Texts to parse, by name: JSON5's published test cases, as the last release of npm's json5 that carried them has them, and
 * our own, a few for each section of the specification.
 */

import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const published = join(dirname(createRequire(`${process.env.GANGWAY_NODE_DIR}/package.json`)
  .resolve('json5-published-cases/package.json')), 'test', 'parse-cases');

const own = {
  values: ['null', 'true', 'false', '1', '"a"', '[]', '{}', 'undefined', 'nul', 'True', '', ' ', 'null null', '1 2', '[] {}'],
  objects: ['{a:1}', '{a:1,}', '{,}', '{a:1,,}', '{a}', '{a:}', '{:1}', '{"a":1,a:2}', "{'a b':1}", '{a b:1}', '{1:2}',
    '{"__proto__":1}', '{__proto__:{a:1}}', '{null:1,true:2}', '{a:{b:{c:[]}}}', '{a:1', 'a:1}'],
  identifiers: ['{$:1}', '{_:1}', '{$_a9:1}', '{9a:1}', '{é:1}', '{中文:1}', '{\\u0061:1}', '{a\\u0062:1}', '{\\u0031:1}',
    '{\\u00:1}', '{\\x61:1}', '{a\u200c:1}', '{a\u200db:1}', '{\u200c:1}', '{a-b:1}', '{a.b:1}', '{😀:1}', '{𝒳:1}'],
  arrays: ['[1]', '[1,]', '[,]', '[,1]', '[1,,2]', '[1 2]', '[1', '1]', '[[[[]]]]'],
  strings: ['"a\'b"', "'a\"b'", "'a\\\nb'", "'a\\\r\nb'", "'a\\\u2028b'", "'a\nb'", "'a\u2028b'", "'\\x41\\u0041'", "'\\x4'",
    "'\\u004'", "'\\v\\f\\b'", "'\\a\\q\\/'", "'\\1'", "'\\9'", "'\\01'", "'\t'", "'\u0001'", "'", "'a", "'a\"", "'\\",
    "'\\ud83d\\ude00'", "'\\ud83d'", "'\\\\'", "'\\''"],
  numbers: ['0', '-0', '+0', '00', '01', '0.', '.0', '.', '5.', '.5', '-.5', '+.5e1', '1e3', '1E+3', '1e-3', '1e', '1e+', '1.2.3',
    '0x10', '0XaF', '-0x1', '0x', '0xg', '0x1.8', 'Infinity', '-Infinity', '+Infinity', 'NaN', '-NaN', 'infinity', 'nan',
    '1e400', '1e-400', '123456789012345678901234567890', '- 1', '--1', '1_000', '0b1', '0o7', '1n', '4.9e-324'],
  comments: ['// a\n1', '1 // a', '/* a */ 1', '/* a', '/**/1', '/*/1', '1 /* * / */', '/ 1', '//\u20281', '//\r1', '{/*a*/a/*b*/:/*c*/1}',
    '[1 // x\n,2]', '/* /* */ */ 1', '"// no"', '// only'],
  space: ['\t1', '\v1', '\f1', '\u00a01', '\ufeff1', '\u20281', '\u20031', '\u30001', '\u200b1', '\u180e1', '1\ufeff', '\r\n1\r\n'],
};

function readPublished() {
  return readdirSync(published, { withFileTypes: true }).filter(folder => folder.isDirectory())
    .flatMap(folder => readdirSync(join(published, folder.name)).map(name => `${folder.name}/${name}`))
    .map(name => [name, readFileSync(join(published, name), 'utf8')]);
}

export default Object.fromEntries([
  ...readPublished(),
  ...Object.entries(own).flatMap(([section, texts]) => texts.map((text, i) => [`own/${section}/${i}`, text])),
]);
