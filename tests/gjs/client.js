// SPDX-FileCopyrightText: the Gangway authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// The extension's client and model with the real service, without a shell. Run on a bus of its own:
// client.js EXTENSION GANGWAYD FAKE-GATEWAY FAKE-PLATFORM

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';

import {assertEqual, done, test} from './check.js';

const LIMIT_S = 30;
const [extension, gangwayd, fakeGateway, fakePlatform] = ARGV;
const {Client} = await import(GLib.filename_to_uri(`${extension}/lib/client.js`, null));
const {Model} = await import(GLib.filename_to_uri(`${extension}/lib/model.js`, null));
const folder = GLib.Dir.make_tmp('gangway-client-XXXXXX');
const config = `${folder}/gangway.conf`;

Gio._promisify(Gio.DataInputStream.prototype, 'read_line_async');
Gio._promisify(Gio.Subprocess.prototype, 'wait_async');

class Fake {
    async start(program) {
        const process = Gio.Subprocess.new([program], Gio.SubprocessFlags.STDIN_PIPE | Gio.SubprocessFlags.STDOUT_PIPE);

        this._input = process.get_stdin_pipe();
        this._output = new Gio.DataInputStream({base_stream: process.get_stdout_pipe()});
        this.url = (await this._read()).url;
        return this;
    }

    // What is connected for the service may still be on its way to the platform, which refuses the command until then.
    async request(text) {
        do
            this._input.write_all(`request ${text}\n`, null);
        while (await this._waitFor('request', 'failed') === 'failed' && await this._waitFor('message'));
    }

    async _waitFor(...events) {
        for (;;) {
            const {event} = await this._read();

            if (events.includes(event))
                return event;
        }
    }

    async _read() {
        const [line] = await this._output.read_line_async(GLib.PRIORITY_DEFAULT, null);

        return JSON.parse(new TextDecoder().decode(line));
    }
}

function configure(accountId, gateway, platform) {
    GLib.file_set_contents(config, `[gateway]\nurl=${gateway.url}\ntoken=test-token\n` +
        `[account ${accountId}]\nplatform-url=${platform.url}\nplatform-key=test-key\n`);
}

function startService(...options) {
    const launcher = new Gio.SubprocessLauncher({flags: Gio.SubprocessFlags.STDOUT_SILENCE | Gio.SubprocessFlags.STDERR_SILENCE});

    launcher.setenv('XDG_STATE_HOME', folder, true);
    return launcher.spawnv([gangwayd, '--config', config, ...options]);
}

function until(model, condition, what) {
    return new Promise((resolve, reject) => {
        const look = () => condition() && end(resolve);
        const id = model.connect('changed', look);
        const limit = GLib.timeout_add_seconds(GLib.PRIORITY_DEFAULT, LIMIT_S,
            () => end(() => reject(new Error(`waited in vain until ${what}; there is ${JSON.stringify(model.summary)}`))));

        function end(settle) {
            model.disconnect(id);
            GLib.source_remove(limit);
            settle();
            return GLib.SOURCE_REMOVE;
        }

        look();
    });
}

const gateway = await new Fake().start(fakeGateway);
const platform = await new Fake().start(fakePlatform);
const client = new Client();
const model = new Model(client);
const looks = look => until(model, () => model.summary.look === look, `it looks ${look}`);
let service = null;

await test('without the service there is nothing, and nothing is started', async () => {
    await client.follow();
    assertEqual(model.isRunning, false);
    assertEqual(model.accounts, []);
    assertEqual(model.problem, '');
    await client.callAll('Stop');
    await client.call('platform', 'Stop');
});

await test('it follows the service coming', async () => {
    configure('platform', gateway, platform);
    service = startService();
    await looks('connected');
    assertEqual(model.accounts.length, 1);
    assertEqual(model.accounts[0].AccountId, 'platform');
    assertEqual(model.accounts[0].AllowMethods, ['*']);
    assertEqual(model.accounts[0].ConnectedSince > 0, true);
    await until(model, () => client.manager.ConfigFile === config, 'the manager is known');
});

await test('it calls the methods that the interface has', async () => {
    await client.call('platform', 'Stop');
    await looks('stopped');
    await client.callAll('Start');
    await looks('connected');
});

await test('it hears what the platform does', async () => {
    await platform.request('workspace.ls {"sessionKey":"agent:main:x","path":"docs"}');
    await until(model, () => model.use.isActive(model.nowMs), 'the workspace is used');
    assertEqual(model.use.words(model.nowMs), 'The platform is listing docs');
});

await test('it follows the service being replaced', async () => {
    const replaced = service;

    configure('renamed', gateway, platform);
    service = startService('--replace');
    await replaced.wait_async(null);
    assertEqual(replaced.get_successful(), true, 'its end');
    await until(model, () => model.summary.look === 'connected' && model.accounts[0].AccountId === 'renamed', 'another is there');
    assertEqual(model.accounts.length, 1);
});

await test('it follows the service being killed', async () => {
    service.force_exit();
    await looks('absent');
    assertEqual(model.accounts, []);
    service = startService();
    await looks('connected');
});

await test('nothing is signalled after its end', async () => {
    let n = 0;

    client.connect('changed', () => n++);
    model.connect('changed', () => n++);
    model.destroy();
    client.destroy();
    assertEqual([model.isRunning, client.accounts], [false, []]);
    service.force_exit();
    await service.wait_async(null);
    assertEqual(n, 0);
});

await Gio.Subprocess.new(['rm', '-r', folder], Gio.SubprocessFlags.NONE).wait_async(null);
done();
