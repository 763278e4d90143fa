namespace KollaNet.TestHost;

/// <summary>How a throwaway Ceph is made in one container of the product's own image: monitor and OSD, objects in memory.</summary>
internal static class CephScript
{
    /// <summary>What the container prints when clients may come.</summary>
    public const string Ready = "the cluster serves";

    /// <summary>Where <see cref="StartGateway"/> makes it listen.</summary>
    public const int GatewayPort = 7480;

    /// <summary>Starts radosgw and makes a user; the arguments are its address, the access key and the secret. Returns when it answers.</summary>
    public const string StartGateway = """
        set -eu
        ceph auth get-or-create client.rgw.a mon 'allow rw' osd 'allow rwx' -o /etc/ceph/ceph.client.rgw.a.keyring
        radosgw -n client.rgw.a -k /etc/ceph/ceph.client.rgw.a.keyring --rgw-frontends="beast endpoint=$1:7480"
        radosgw-admin user create --uid=glance --display-name=glance --access-key="$2" --secret-key="$3" > /dev/null
        until (exec 3<> "/dev/tcp/$1/7480") 2> /dev/null; do sleep 0.1; done
        """;

    /// <summary>The address comes from the environment, or is the container's own. It lives as long as its standard input, so nothing stays behind when the test process dies.</summary>
    public const string Text = """
        set -eu
        : "${TEST_ADDRESS:=$(hostname --ip-address)}"
        cat > /etc/ceph/ceph.conf <<CONF
        [global]
        fsid = $(cat /proc/sys/kernel/random/uuid)
        mon_host = [v2:$TEST_ADDRESS:3300/0,v1:$TEST_ADDRESS:6789/0]
        public_addr = $TEST_ADDRESS
        osd_pool_default_size = 1
        osd_pool_default_min_size = 1
        mon_allow_pool_size_one = true
        osd_pool_default_pg_num = 8
        osd_pool_default_pg_autoscale_mode = off
        osd_crush_chooseleaf_type = 0
        auth_allow_insecure_global_id_reclaim = false
        mon_allow_pool_delete = true
        [mon]
        paxos_propose_interval = 0.05
        paxos_min_wait = 0.01
        mon_data_avail_warn = 2
        mon_data_avail_crit = 1
        [osd]
        osd_objectstore = memstore
        memstore_device_bytes = 6442450944
        CONF
        key() { file=$1 name=$2; shift 2; ceph-authtool --create-keyring "$file" --gen-key --name "$name" "$@" > /dev/null; }
        cd /etc/ceph
        key mon. mon. --cap mon 'allow *'
        key ceph.client.admin.keyring client.admin --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *'
        key ceph.osd.0.keyring osd.0 --cap mon 'allow profile osd' --cap osd 'allow *'
        for more in ceph.client.admin.keyring ceph.osd.0.keyring; do ceph-authtool mon. --import-keyring "$more" > /dev/null; done
        monmaptool --create --fsid "$(ceph-conf --lookup fsid)" --addv a "$(ceph-conf --lookup mon_host)" /tmp/map > /dev/null
        ceph-mon --mkfs -i a --monmap /tmp/map --keyring mon. --mon-data /var/lib/ceph/mon/ceph-a
        ceph-mon -i a
        uuid=$(cat /proc/sys/kernel/random/uuid)
        ceph osd new "$uuid" 0 > /dev/null
        mkdir /var/lib/ceph/osd/ceph-0
        cp ceph.osd.0.keyring /var/lib/ceph/osd/ceph-0/keyring
        ceph-osd --mkfs -i 0 --osd-uuid "$uuid" > /dev/null 2>&1
        ceph-osd -i 0 > /dev/null 2>&1
        ceph osd pool create images > /dev/null 2>&1
        ceph osd pool application enable images rbd > /dev/null 2>&1
        ceph auth get-or-create client.glance mon 'profile rbd' osd 'profile rbd' mgr 'profile rbd' -o ceph.client.glance.keyring
        ceph auth get-or-create client.reader mon 'profile rbd-read-only' osd 'profile rbd-read-only' -o ceph.client.reader.keyring
        echo hello > /tmp/hello
        rbd --id glance import --no-progress /tmp/hello images/hello
        rbd --id glance remove --no-progress images/hello
        echo 'the cluster serves'
        cat > /dev/null
        """;
}
