#!/usr/bin/env bash
# Containers that write as real programs do, for looking at the log pane with one's own eyes:
#   tests/bed/logs.sh up [HOST]     Traefik's JSON access log, PostgreSQL, a Java program with stack traces,
#                                   pino JSON, a progress bar on a terminal, one that dies again and again
#   tests/bed/logs.sh down [HOST]
#   tests/bed/logs.sh flood N SECONDS [HOST]   one that writes N numbered lines a second
# HOST is a docker host, default unix:///var/run/docker.sock. The image is the bed's busybox.
# The scripts run in the containers.
# shellcheck disable=SC2016
set -euo pipefail

image=${PULT_BED_IMAGE:-pult-bed/busybox:1}

docker_at() { DOCKER_HOST=$host docker "$@"; }

run() { # NAME [docker options] -- SCRIPT
    local name=$1 options=()
    shift
    while [ "$1" != -- ]; do options+=("$1"); shift; done
    docker_at run -d --name "$name" --label pult.test=1 --label com.docker.compose.project=shop \
        --label com.docker.compose.service="${name#shop-}" "${options[@]}" "$image" sh -c "$2" >/dev/null
}

up() {
    run shop-traefik -- 'i=0; while :; do i=$((i+1)); s=200; d=31204000
        [ $((i%17)) = 0 ] && s=502 && d=1204000000; [ $((i%7)) = 0 ] && s=404
        p=/v1/deals; [ $((i%3)) = 0 ] && p=/healthz; [ $((i%5)) = 0 ] && p=/v1/orders/$i
        t=$(date -u +%Y-%m-%dT%H:%M:%SZ); id=$(printf %08x%08x $i $((i*2654435761%4294967296)))
        echo "{\"ClientAddr\":\"10.0.0.$((i%250)):41$((i%90+10))\",\"ClientHost\":\"10.0.0.$((i%250))\",\"DownstreamStatus\":$s,\"Duration\":$d,\"RequestHost\":\"shop.example\",\"RequestMethod\":\"GET\",\"RequestPath\":\"$p\",\"RequestProtocol\":\"HTTP/2.0\",\"RouterName\":\"shop@docker\",\"request_X-Request-Id\":\"$id\",\"level\":\"info\",\"msg\":\"\",\"time\":\"$t\"}"
        usleep 230000; done'
    run shop-db -- 'i=0; while :; do i=$((i+1)); t=$(date -u "+%Y-%m-%d %H:%M:%S.$((i%900+100)) UTC")
        echo "$t [812] LOG:  duration: $((i%40)).204 ms  statement: SELECT * FROM deals WHERE id = $i" >&2
        if [ $((i%23)) = 0 ]; then echo "$t [815] ERROR:  deadlock detected" >&2
            echo "$t [815] DETAIL:  Process 815 waits for ShareLock on transaction 99$i; blocked by process 806." >&2
            echo "$t [815] STATEMENT:  UPDATE deals SET owner = 7 WHERE id = $i" >&2; fi
        usleep 410000; done'
    run shop-java -- 'i=0; while :; do i=$((i+1)); t=$(date "+%Y-%m-%d %H:%M:%S.$((i%900+100))")
        echo "$t  INFO 1 --- [nio-8080-exec-$((i%9))] c.e.shop.DealController : deal $i stored in $((i%70)) ms"
        if [ $((i%13)) = 0 ]; then echo "$t ERROR 1 --- [nio-8080-exec-3] c.e.shop.DealController : cannot store deal $i"
            echo "java.sql.SQLTransientConnectionException: HikariPool-1 - Connection is not available, request timed out after 30000ms."
            printf "\tat com.zaxxer.hikari.pool.HikariPool.createTimeoutException(HikariPool.java:696)\n\tat com.zaxxer.hikari.pool.HikariPool.getConnection(HikariPool.java:197)\n\tat com.example.shop.DealStore.save(DealStore.java:88)\n"
            echo "Caused by: java.net.SocketTimeoutException: Read timed out"; printf "\t... 31 more\n"; fi
        usleep 520000; done'
    run shop-api -- 'i=0; while :; do i=$((i+1)); l=30; m="request completed"; s=200
        [ $((i%11)) = 0 ] && l=40 && m="retrying deal"; [ $((i%29)) = 0 ] && l=50 && m="no answer from crm" && s=504
        id=$(printf %08x%08x $i $((i*2654435761%4294967296)))
        echo "{\"level\":$l,\"time\":$(date +%s)$((i%900+100)),\"pid\":7,\"hostname\":\"api-1\",\"reqId\":\"$id\",\"req\":{\"method\":\"POST\",\"url\":\"/v1/deals\"},\"res\":{\"statusCode\":$s},\"responseTime\":$((i%300)),\"user\":\"anna@shop.example\",\"authorization\":\"Bearer abcdefghijklmnop$i\",\"msg\":\"$m\"}"
        usleep 310000; done'
    run shop-import -t -- 'i=0; while :; do i=$(((i+1)%101)); printf "\r\033[32mimporting\033[0m deals.csv %3d %% [%-20s]" $i "$(head -c $((i/5)) /dev/zero | tr "\0" "#")"
        [ $i = 100 ] && printf "\r\033[1mimported 20,000 deals\033[0m in 12 s\n"; usleep 120000; done'
    run shop-worker --restart=always -- 'echo "starting worker"; sleep 2; echo "level=warn msg=\"queue is long\" depth=812 queue=mail"; sleep 18; echo "panic: runtime error: invalid memory address" >&2; printf "\ngoroutine 1 [running]:\nmain.main()\n\t/src/main.go:42 +0x1d\n" >&2; exit 2'
}

case ${1:-} in
up) host=${2:-unix:///var/run/docker.sock} && up ;;
flood)
    host=${4:-unix:///var/run/docker.sock}
    # In ten bursts a second, so that the clock's grain does not matter.
    run "flood-$2" -- "i=1; n=$(($2 / 10)); end=$(($2 * $3)); while [ \$i -le \$end ]; do seq \$i \$((i+n-1)) | sed 's/.*/line & of the flood, padded as lines usually are: GET \/v1\/deals 200 31ms/'; i=\$((i+n)); usleep 96000; done; sleep 3600"
    ;;
down)
    host=${2:-unix:///var/run/docker.sock}
    docker_at ps -aq --filter label=com.docker.compose.project=shop --filter label=pult.test=1 | xargs -r env DOCKER_HOST="$host" docker rm -f >/dev/null
    ;;
*) sed -n '2,8s/^# \?//p' "$0" >&2; exit 2 ;;
esac
