// SPDX-FileCopyrightText: the Gangway authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import Gio from 'gi://Gio';

Gio._promisify(Gio.DBusProxy.prototype, 'call');

// What a property is before the service has told it, by its type.
const EMPTY = {s: '', as: [], t: 0, u: 0};

/**
 * An object of the service: one asynchronous function for each method that the interface has, and its properties. The XML
 * says what these are; no call waits, and none starts the service.
 */
export class Remote {
    #proxy;
    #info;

    /**
     * @param {Gio.DBusProxy|null} proxy - the object; null if it cannot be reached yet
     * @param {Gio.DBusInterfaceInfo} info - its interface
     * @param {Gio.Cancellable} cancellable - ends all calls
     */
    constructor(proxy, info, cancellable) {
        this.#proxy = proxy;
        this.#info = info;
        for (const {name} of info.methods)
            this[name] = () => proxy.call(name, null, Gio.DBusCallFlags.NO_AUTO_START, -1, cancellable);
    }

    /** All properties by their names; those that the service has not told, or not as the interface has them, are empty. */
    get properties() {
        return Object.fromEntries(this.#info.properties.map(property => [property.name, this.#read(property)]));
    }

    #read({name, signature}) {
        const value = this.#proxy?.get_cached_property(name);

        return value?.get_type_string() === signature ? value.deepUnpack() : EMPTY[signature];
    }
}
