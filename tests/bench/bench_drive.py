# SPDX-FileCopyrightText: the Gangway authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""One start of a relay between the two servers that a driver plays."""

import json
import socket
import subprocess
import tempfile

import bench_peers

TIMEOUT_S = 180


def listen():
    listener = socket.create_server(("127.0.0.1", 0))
    return listener, listener.getsockname()[1]


def drive(driver, peer, stages, prefix=(), options=()):
    """One start of one peer with the driver around it. Returns the driver's report."""
    gateway, gateway_port = listen()
    platform, platform_port = listen()
    with gateway, platform, tempfile.TemporaryFile(mode="w+") as log:
        command, environment = peer.prepare(gateway_port, platform_port)
        arguments = [driver, f"--gateway-fd={gateway.fileno()}", f"--platform-fd={platform.fileno()}", *options]
        arguments += ["--unframed"] if peer.unframed else []
        arguments += [f"--stage={stage}" for stage in stages]
        done = subprocess.run([*arguments, "--", *prefix, *command], env=environment, stdout=subprocess.PIPE, stderr=log,
                              pass_fds=(gateway.fileno(), platform.fileno()), timeout=TIMEOUT_S, check=False)
        if done.returncode != 0:
            log.seek(0)
            raise bench_peers.Unavailable("".join(log.readlines()[-20:]).strip() or f"driver exited {done.returncode}")
    return json.loads(done.stdout)
