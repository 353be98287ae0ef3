// SPDX-FileCopyrightText: the Gangway authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// What the extension says to somebody whose desktop speaks another language.
// Usage: languages.js CATALOGUES LANGUAGE

import Gettext from 'gettext';

import {accountFacts, accountState} from '../../extension/lib/facts.js';
import {summarize} from '../../extension/lib/summary.js';
import {WorkspaceUse} from '../../extension/lib/use.js';
import {errorSentence, headline, stateWords} from '../../extension/lib/words.js';
import {account, NOW_MS} from './account.js';
import {assertEqual, done, test} from './check.js';

const [CATALOGUES, LANGUAGE] = ARGV;
const S = 1000, MIN = 60 * S, H = 60 * MIN, D = 24 * H;

const EXPECTED = {
    de: {
        states: ['Verbindung wird aufgebaut …', 'Verbunden', 'Seit 3 h verbunden', 'Seit 2 Tg. verbunden', 'Neuer Versuch in 12 s',
            'Angehalten', 'Wartet auf eine Korrektur'],
        headline: 'Schlüssel abgelehnt',
        sentence: 'Die Plattform hat den Schlüssel abgelehnt',
        facts: ['Plattform', 'Schlüssel', 'Dateien der Agenten', 'Erlaubte Methoden', 'Verweigerte Methoden'],
        values: ['wss://platform.example/relay', 'Verfügbar', 'Dürfen gelesen und geschrieben werden', 'Alle', 'Keine'],
        blocked: ['1 Konto erfordert Eingreifen', '2 Konten erfordern Eingreifen', '5 Konten erfordern Eingreifen'],
        retrying: ['2 Konten warten auf neuen Versuch', '5 Konten warten auf neuen Versuch'],
        none: ['Läuft nicht', 'Kein Konto', 'Fehler in den Einstellungen'],
        uses: ['Die Plattform schreibt gerade: notes.md', 'Die Plattform hat vor 3 min geschrieben: notes.md',
            'Der Plattform wurde vor 3 min verweigert: der gesamte Arbeitsbereich'],
    },
    zh_CN: {
        states: ['正在连接…', '已连接', '已连接 3 小时', '已连接 2 天', '12 秒后重试', '已停止', '等待更正'],
        headline: '密钥被拒绝',
        sentence: '平台拒绝了密钥',
        facts: ['平台', '密钥', '智能体的文件', '允许的方法', '拒绝的方法'],
        values: ['wss://platform.example/relay', '可用', '可以读写', '全部', '无'],
        blocked: ['1 个账户需要您处理', '2 个账户需要您处理', '5 个账户需要您处理'],
        retrying: ['2 个账户正在重试', '5 个账户正在重试'],
        none: ['未在运行', '没有账户', '设置有误'],
        uses: ['平台正在写入“notes.md”', '平台在 3 分钟前写入了“notes.md”', '3 分钟前拒绝了平台访问“整个工作区”'],
    },
}[LANGUAGE];

const retrying = code => account({State: 'retrying', LastErrorCode: code, RetryingAt: NOW_MS + 12 * S});
const subtitle = (accounts, status = {}) => summarize({isRunning: true, problem: '', accounts, ...status}, NOW_MS).subtitle;

Gettext.bindtextdomain('gangway', CATALOGUES);

await test('states', () => {
    const accounts = [
        account({State: 'connecting'}),
        account({State: 'connected', ConnectedSince: NOW_MS}),
        account({State: 'connected', ConnectedSince: NOW_MS - 3 * H}),
        account({State: 'connected', ConnectedSince: NOW_MS - 2 * D}),
        retrying('timeout'),
        account({State: 'disconnected'}),
        account({State: 'disconnected', LastErrorCode: 'no-key'}),
    ];

    assertEqual(accounts.map(each => stateWords(each, NOW_MS)), EXPECTED.states);
    assertEqual(accountState(accounts[6]), EXPECTED.states[6]);
});

await test('errors', () => {
    assertEqual(headline(retrying('platform-refused'), NOW_MS), EXPECTED.headline);
    assertEqual(errorSentence(retrying('platform-refused')), EXPECTED.sentence);
});

await test('facts', () => {
    assertEqual(accountFacts(account()).map(({title}) => title), EXPECTED.facts);
    assertEqual(accountFacts(account()).map(({value}) => value), EXPECTED.values);
});

await test('plural forms', () => {
    const {ngettext} = Gettext.domain('gangway');

    assertEqual([1, 2, 5].map(n => ngettext('%d account needs you', '%d accounts need you', n).replace('%d', n)), EXPECTED.blocked);
    assertEqual([2, 5].map(n => subtitle(Array(n).fill(retrying('no-key')))), EXPECTED.blocked.slice(1));
    assertEqual([2, 5].map(n => subtitle(Array(n).fill(retrying('timeout')))), EXPECTED.retrying);
});

await test('without service, accounts or valid settings', () => {
    assertEqual([subtitle([], {isRunning: false}), subtitle([]), subtitle([account()], {problem: 'line 3'})], EXPECTED.none);
});

await test('what is in another order in another language', () => {
    const use = new WorkspaceUse();

    use.note({kind: 'workspace', method: 'workspace.write', detail: 'a/notes.md', outcome: 'ok'}, NOW_MS);
    assertEqual([use.words(NOW_MS), use.words(NOW_MS + 3 * MIN)], EXPECTED.uses.slice(0, 2));
    use.note({kind: 'workspace', method: 'workspace.read', detail: '', outcome: 'denied'}, NOW_MS);
    assertEqual(use.words(NOW_MS + 3 * MIN), EXPECTED.uses[2]);
});

done();
