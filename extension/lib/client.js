// SPDX-FileCopyrightText: the Gangway authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import GObject from 'gi://GObject';

import interfaces from './interfaces.js';
import {Remote} from './remote.js';

Gio._promisify(Gio.DBusConnection.prototype, 'call');
Gio._promisify(Gio.DBusObjectManagerClient, 'new_for_bus');
Gio._promisify(Gio.DBusProxy, 'new_for_bus');

const NAME = 'dev.gangway.Relay1';
const PATH = '/dev/gangway/Relay1';
const node = Gio.DBusNodeInfo.new_for_xml(interfaces);
const managerInfo = node.lookup_interface(`${NAME}.Manager`);
const sessionInfo = node.lookup_interface(`${NAME}.Session`);

/**
 * The service as the bus shows it. It follows the service coming, going and being replaced, and starts it only if asked to.
 */
export const Client = GObject.registerClass({
    Signals: {
        // Something can be read anew.
        'changed': {},
        // The platform used something: kind, method, detail, outcome.
        'activity': {param_types: Array(4).fill(GObject.TYPE_STRING)},
    },
}, class Client extends GObject.Object {
    #cancellable = new Gio.Cancellable();
    #connections = [];
    #manager = new Remote(null, managerInfo, null);
    #sessions = new Map();
    #isRunning = false;

    /** Whether the service is there, and its accounts are known. */
    get isRunning() {
        return this.#isRunning;
    }

    /** The properties of dev.gangway.Relay1.Manager. */
    get manager() {
        return this.#manager.properties;
    }

    /** The accounts in the order of their names, each with the properties of dev.gangway.Relay1.Session. */
    get accounts() {
        return [...this.#sessions.values()].map(session => session.properties)
            .sort((a, b) => a.AccountId < b.AccountId ? -1 : 1);
    }

    /** Follows the service until destroy(); to be called once. */
    async follow() {
        const [proxy, objects] = await Promise.all([
            Gio.DBusProxy.new_for_bus(Gio.BusType.SESSION, Gio.DBusProxyFlags.DO_NOT_AUTO_START, managerInfo, NAME, PATH,
                managerInfo.name, this.#cancellable),
            Gio.DBusObjectManagerClient.new_for_bus(Gio.BusType.SESSION, Gio.DBusObjectManagerClientFlags.DO_NOT_AUTO_START,
                NAME, PATH, null, this.#cancellable),
        ]);

        if (this.#cancellable.is_cancelled())
            return;

        this.#manager = new Remote(proxy, managerInfo, this.#cancellable);
        this.#connect(proxy, 'g-properties-changed', () => this.emit('changed'));
        this.#connect(objects, 'object-added', (_objects, object) => this.#add(object));
        this.#connect(objects, 'object-removed', (_objects, object) => this.#remove(object));
        this.#connect(objects, 'notify::name-owner', () => this.#onOwnerChanged(objects));
        this.#connect(objects, 'interface-proxy-properties-changed', () => this.emit('changed'));
        this.#connect(objects, 'interface-proxy-signal',
            (_objects, _object, _proxy, _sender, name, parameters) => this.#onSignal(name, parameters));
        objects.get_objects().forEach(object => this.#add(object));
        this.#onOwnerChanged(objects);
    }

    /**
     * Calls a method of an account.
     *
     * @param {string} accountId - the account
     * @param {string} method - a method of dev.gangway.Relay1.Session
     */
    async call(accountId, method) {
        const session = [...this.#sessions.values()].find(({properties}) => properties.AccountId === accountId);

        await session?.[method]();
    }

    /**
     * Calls a method of all accounts.
     *
     * @param {string} method - a method of dev.gangway.Relay1.Session
     */
    async callAll(method) {
        await Promise.all([...this.#sessions.values()].map(session => session[method]()));
    }

    /** Has the bus start the service, which is done for a person who asks for it only. */
    async start() {
        await Gio.DBus.session.call('org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus',
            'StartServiceByName', new GLib.Variant('(su)', [NAME, 0]), null, Gio.DBusCallFlags.NONE, -1, this.#cancellable);
    }

    /** Lets go of the bus. Nothing is signalled from then on. */
    destroy() {
        this.#cancellable.cancel();
        this.#connections.forEach(([object, id]) => object.disconnect(id));
        this.#connections = [];
        this.#sessions.clear();
        this.#manager = new Remote(null, managerInfo, null);
        this.#isRunning = false;
    }

    #connect(object, signal, callback) {
        this.#connections.push([object, object.connect(signal, callback)]);
    }

    #add(object) {
        const proxy = object.get_interface(sessionInfo.name);

        if (proxy)
            this.#sessions.set(object.get_object_path(), new Remote(proxy, sessionInfo, this.#cancellable));
        this.emit('changed');
    }

    #remove(object) {
        this.#sessions.delete(object.get_object_path());
        this.emit('changed');
    }

    // When the service ends, this comes before its objects are removed; when it begins, after they were added.
    #onOwnerChanged(objects) {
        this.#isRunning = objects.name_owner !== null;
        this.emit('changed');
    }

    #onSignal(name, parameters) {
        if (name === 'Activity' && parameters.get_type_string() === '(ssss)')
            this.emit('activity', ...parameters.deepUnpack());
    }
});
