// numbered RATE LINES [DELAY]: after DELAY seconds writes so many numbered lines, RATE a second (0: as fast as they are
// taken), then waits.
// Each has the clock's milliseconds in it (lat=), so that a viewer's delay can be read off its screen.
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static const char *levels[] = {"INFO ", "INFO ", "INFO ", "DEBUG", "INFO ", "WARN ", "INFO ", "ERROR"};
static const char *texts[] = {
    "GET /api/v1/orders 200 12ms", "cache hit key=session:8f31 ttl=300", "worker 3 finished job id=77123 in 153ms",
    "POST /api/v1/login 401 38ms user=alice ip=10.0.0.17", "connection pool size=20 idle=14 wait=0"};

static long long now_ms(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

int main(int count, char **words) {
    long long rate = count > 1 ? atoll(words[1]) : 1000, lines = count > 2 ? atoll(words[2]) : 0;
    sleep(count > 3 ? atoi(words[3]) : 0);
    long long begin = now_ms(CLOCK_MONOTONIC), written = 0;
    static char out[1 << 20];
    setvbuf(stdout, out, _IOFBF, sizeof out);
    while (written < lines) {
        long long due = rate ? (now_ms(CLOCK_MONOTONIC) - begin) * rate / 1000 : written + 2000;
        long long stamp = now_ms(CLOCK_REALTIME);
        time_t seconds = stamp / 1000;
        char time[32];
        strftime(time, sizeof time, "%Y-%m-%dT%H:%M:%S", gmtime(&seconds));
        for (; written < due && written < lines; written++)
            printf("%s.%03lldZ %s seq=%lld lat=%lld %s\n", time, stamp % 1000, levels[written % 8], written + 1, stamp,
                   texts[written % 5]);
        fflush(stdout);
        if (rate) usleep(5000);
    }
    for (;;) pause();
}
