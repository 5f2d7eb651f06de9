#!/usr/bin/env bash
# Runs the tests of S3 storage against a real server: Ceph's RADOS gateway, installed when it is missing (apt, 78 packages), started on loopback in a
# temporary folder with all its data in memory, and stopped. Takes about half a minute once it is installed.
set -euo pipefail
cd "$(dirname "$0")/.."

for program in ceph-mon ceph-osd radosgw radosgw-admin ceph-authtool; do
    command -v "$program" > /dev/null && continue
    echo "installing Ceph, since $program is missing" >&2
    [ "$(id -u)" = 0 ] || { echo "ceph-rgw.sh: $program is missing and only root can install it: apt-get install radosgw ceph-mon ceph-osd" >&2; exit 1; }
    apt-get update -q > /dev/null
    apt-get install -q -y --no-install-recommends radosgw ceph-mon ceph-osd ceph-common > /dev/null
    break
done

FOLDER=$(mktemp -d -t corpusforge-ceph-XXXXXX)
PIDS=()
stop() {
    for pid in "${PIDS[@]}"; do kill "$pid" 2> /dev/null || true; done
    for pid in "${PIDS[@]}"; do wait "$pid" 2> /dev/null || true; done
    rm -rf "$FOLDER"
}
trap stop EXIT

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
MON=$(free_port) RGW=$(free_port) FSID=$(cat /proc/sys/kernel/random/uuid)
export CEPH_CONF=$FOLDER/ceph.conf
mkdir -p "$FOLDER"/{mon,osd,rgw,run}
cat > "$CEPH_CONF" << CONF
[global]
fsid = $FSID
mon host = v2:127.0.0.1:$MON
mon initial members = a
public network = 127.0.0.0/8
# Without authentication the gateway of Ceph 16 never connects.
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
keyring = $FOLDER/keyring
run dir = $FOLDER/run
admin socket = $FOLDER/run/\$name.\$pid.asok
log file = $FOLDER/\$name.log
pid file = $FOLDER/run/\$name.pid
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 8
osd crush chooseleaf type = 0
mon allow pool size one = true
mon warn on pool no redundancy = false
[mon.a]
mon data = $FOLDER/mon
[osd.0]
osd data = $FOLDER/osd
osd objectstore = memstore
memstore device bytes = 4294967296
[client.admin]
rgw frontends = beast endpoint=127.0.0.1:$RGW
rgw data = $FOLDER/rgw
CONF

ceph-authtool --create-keyring "$FOLDER/keyring" --gen-key -n mon. --cap mon 'allow *' > /dev/null
ceph-authtool "$FOLDER/keyring" --gen-key -n client.admin --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *' > /dev/null
monmaptool --create --addv a "[v2:127.0.0.1:$MON]" --fsid "$FSID" "$FOLDER/monmap" > /dev/null
ceph-mon -i a --mkfs --monmap "$FOLDER/monmap" --keyring "$FOLDER/keyring"
ceph-mon -i a -f > "$FOLDER/mon.out" 2>&1 & PIDS+=($!)
UUID=$(cat /proc/sys/kernel/random/uuid)
timeout 60 ceph osd new "$UUID" > /dev/null
timeout 60 ceph auth get-or-create osd.0 mon 'allow profile osd' mgr 'allow profile osd' osd 'allow *' -o "$FOLDER/osd/keyring"
ceph-osd -i 0 --mkfs --osd-uuid "$UUID" --keyring "$FOLDER/osd/keyring" > "$FOLDER/osd.out" 2>&1
ceph-osd -i 0 -f --keyring "$FOLDER/osd/keyring" >> "$FOLDER/osd.out" 2>&1 & PIDS+=($!)
radosgw -f -n client.admin > "$FOLDER/rgw.out" 2>&1 & PIDS+=($!)
for _ in $(seq 120); do
    curl -s -o /dev/null "http://127.0.0.1:$RGW/" && break
    kill -0 "${PIDS[2]}" 2> /dev/null || { cat "$FOLDER/rgw.out" "$FOLDER/client.admin.log" >&2; exit 1; }
    sleep 1
done
export AWS_ACCESS_KEY_ID=corpusforge AWS_SECRET_ACCESS_KEY=$(head -c 18 /dev/urandom | base64 | tr -d '/+=')
timeout 60 radosgw-admin -n client.admin user create --uid=corpusforge --display-name=corpusforge --access-key="$AWS_ACCESS_KEY_ID" --secret-key="$AWS_SECRET_ACCESS_KEY" > /dev/null
echo "$(radosgw --version) answers at 127.0.0.1:$RGW" >&2

CORPUSFORGE_TEST_S3=http://127.0.0.1:$RGW dotnet test --project tests/CorpusForge.Tests "$@" -- --filter-class "*.S3StorageTests" --filter-class "*.RemoteRunTests"
