#!/bin/sh
# The boot of a host: NAME DISK [DIRECTORY [PLACE]]. Runs as process 1 of new mount, process, name and IPC namespaces,
# already in the host's network. DIRECTORY of this machine is shown at PLACE.
set -e
name=$1 disk=$2 shared=${3:-} place=${4:-}
root=$disk/.root
hostname "$name"
mkdir -p "$root" "$disk/etc" "$disk/.etcwork" "$disk/bin" "$disk/var/lib" "$disk/var/log" "$disk/var/tmp" \
    "$disk/root" "$disk/home" "$disk/srv"
mount -t tmpfs -o size=16m,mode=755 root "$root"
cd "$root"
mkdir usr etc var root home srv run tmp proc sys dev old
for link in bin sbin lib lib32 lib64 libx32; do
    if [ -L "/$link" ]; then ln -s "usr/$link" "$link"; fi
done
mount --bind -o ro /usr usr
mount -o remount,bind,ro usr
mount --bind "$disk/bin" usr/local/bin
mount -t overlay overlay -o "lowerdir=/etc,upperdir=$disk/etc,workdir=$disk/.etcwork" etc
for dir in var root home srv; do mount --bind "$disk/$dir" "$dir"; done
mount -t tmpfs -o mode=755,size=64m run run
mount -t tmpfs -o mode=1777,size=256m tmp tmp
ln -sfn /run var/run
mkdir -p run/sshd run/runit run/postgresql run/knot
chown postgres:postgres run/postgresql
if [ -n "$shared" ]; then
    mkdir -p "$root$place"
    mount --bind "$shared" "$root$place"
fi
mount -t proc proc proc
mount -t sysfs -o ro sysfs sys
cat proc/sys/kernel/random/uuid > run/boot_id  # a boot of its own: the kernel's is the same for all hosts
mount --bind run/boot_id proc/sys/kernel/random/boot_id
mount -t tmpfs -o mode=755,size=1m dev dev
mkdir dev/pts dev/shm
for node in null zero full random urandom tty; do
    : > "dev/$node"
    mount --bind "/dev/$node" "dev/$node"
done
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
mount -t tmpfs -o mode=1777 shm dev/shm
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
ln -s fd/0 dev/stdin
ln -s fd/1 dev/stdout
ln -s fd/2 dev/stderr
# Nothing of an earlier boot lives: a server must not take another process for its old self.
rm -f var/lib/postgresql/data/postmaster.pid
echo 0 > proc/sys/net/ipv4/ip_unprivileged_port_start
pivot_root . old
cd /
umount -l /old
rmdir /old
exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
    runsvdir -P /etc/service 'log: ...............................................................' \
    < /dev/null >> /var/log/init.log 2>&1
