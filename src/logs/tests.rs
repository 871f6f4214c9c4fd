//! Lines as real programs write them, with what is to be read from them: level, time, format.

use proptest::prelude::*;

use super::{Format, Level, continues, fields, read, read_near, show};

/// Level, own time (of 2026-11-21, `T` = 12:04:14 UTC, `.` = none), format, line.
const CORPUS: &str = r#"
info  T json {"level":30,"time":1795262654303,"pid":1,"hostname":"a","msg":"listening"}
error T json {"level":50,"time":1795262654303,"pid":1,"err":{"type":"TypeError","level":"x"},"msg":"x"}
fatal T json {"name":"bunyan","hostname":"h","pid":1,"level":60,"msg":"gone","time":"2026-11-21T12:04:14.303Z","v":0}
info  T json {"ts":1795262654.303,"level":"info","caller":"etcdserver/server.go:1","msg":"0 errors"}
warn  T json {"@timestamp":"2026-11-21T12:04:14.303Z","log.level":"WARN","message":"gc overhead"}
error T json {"@timestamp":"2026-11-21T12:04:14.303Z","log":{"level":"error","logger":"x"},"message":"nested"}
warn  T json {"t":{"$date":"2026-11-21T12:04:14.303+00:00"},"s":"W","c":"NETWORK","msg":"slow"}
error T json {"DownstreamStatus":502,"RequestMethod":"GET","RequestPath":"/error","level":"info","msg":"","time":"2026-11-21T12:04:14Z"}
info  T json {"DownstreamStatus":200,"RequestMethod":"GET","RequestPath":"/error","level":"info","msg":"","time":"2026-11-21T12:04:14Z"}
warn  T json {"time":"2026-11-21T12:04:14+00:00","request_method":"GET","request_uri":"/x","status":"404"}
error T json {"PRIORITY":"3","MESSAGE":"x","__REALTIME_TIMESTAMP":"1795262654303954"}
fatal . json {"version":"1.1","short_message":"GELF","level":2}
error T json {"asctime":"2026-11-21 12:04:14,303","levelname":"ERROR","message":"boom"}
-     . json {"status":500,"count":3}
-     . json {"error":null,"errors":0,"text":"level=error"}
info  . json {"msg":"quote \" and level\":\"error","level":"info"}
error T json 2026-11-21T12:04:14Z {"level":"error","msg":"after a time"}
warn  T logfmt time="2026-11-21T12:04:14Z" level=warning msg="disk at 91%" err=nil
info  T logfmt ts=2026-11-21T12:04:14.303Z caller=main.go:1 level=info msg="error=none"
error T logfmt t=2026-11-21T12:04:14+0000 lvl=eror msg="db down" logger=sql
info  T logfmt level=info ts=1795262654.303 msg="0 errors"
-     . logfmt error=null retries=0
fatal . logfmt level=fatal msg="cannot bind"
info  T klog I1121 12:04:14.303000       1 leaderelection.go:250] attempting to acquire lease
warn  T klog W1121 12:04:14.303000       1 reflector.go:147] error listing
error T klog E1121 12:04:14.303000   12345 pod_workers.go:1] "Error syncing pod"
fatal T klog F1121 12:04:14.303000       1 main.go:1] no config
info  T access 10.0.0.1 - - [21/Nov/2026:12:04:14 +0000] "GET /error HTTP/1.1" 200 612 "-" "curl/8"
warn  T access 10.0.0.1 - bob [21/Nov/2026:12:04:14 +0000] "POST /x \"q\" HTTP/1.1" 404 0
error T access 2001:db8::1 - - [21/Nov/2026:13:04:14 +0100] "GET / HTTP/2.0" 503 0 "-" "-" 17 "web@docker" "http://10.0.0.5" 12ms
warn  T access shop.example:443 10.0.0.1 - - [21/Nov/2026:12:04:14 +0000] "GET / HTTP/1.1" 499 0
error T access [2026-11-21T12:04:14.303Z] "GET / HTTP/1.1" 500 - 0 91 3
info  T access [GIN] 2026/11/21 - 12:04:14 | 200 |   1.2ms |  10.0.0.1 | GET "/error"
error T plain 2026/11/21 12:04:14 [error] 29#29: *1 connect() failed (111: Connection refused) while connecting
info  T plain 2026/11/21 12:04:14 [notice] 1#1: start worker process 29
error T plain [Sat Nov 21 12:04:14.303954 2026] [core:error] [pid 1] AH00126: Invalid URI
warn  T plain [Sat Nov 21 12:04:14.303954 2026] [php7:warn] [pid 1] PHP Warning
info  T postgres 2026-11-21 12:04:14.303 UTC [27] LOG:  database system is ready; 0 ERROR
error T postgres 2026-11-21 12:04:14.303 UTC [27] ERROR:  deadlock detected
fatal T postgres 2026-11-21 13:04:14.303 CET [27] bob@crm FATAL:  password authentication failed
fatal T postgres 2026-11-21 12:04:14.303 UTC [1] PANIC:  could not write
warn  T postgres 2026-11-21 12:04:14 UTC [27] WARNING:  there is no transaction in progress
-     T plain 2026-11-21 12:04:14 UTC [27] STATEMENT:  SELECT level FROM errors
warn  T redis 1:M 21 Nov 2026 12:04:14.303 # WARNING Memory overcommit must be enabled
info  T redis 1:M 21 Nov 2026 12:04:14.303 * Ready to accept connections
debug T redis 14:S 21 Nov 2026 12:04:14.303 - Accepted 10.0.0.1
warn  T syslog <12>Nov 21 12:04:14 web1 app[812]: disk nearly full
error T syslog Nov 21 12:04:14 web1 postfix/smtpd[1]: error: open database
-     T syslog Nov 21 12:04:14 web1 sshd[99]: Failed password for root
info  T syslog <134>1 2026-11-21T12:04:14.303Z web1 app 1 ID1 - up and running
error . syslog <3>cannot open device
info  T plain 2026-11-21T12:04:14.303Z  INFO app::net: error rate 0.01
warn  T plain [2026-11-21T12:04:14Z WARN  app] 0 errors
error T plain 2026-11-21 12:04:14.303 ERROR 1 --- [main] c.e.App : INFO is not here
info  T plain 2026-11-21 12:04:14,303 - root - INFO - no error found
info  T plain 12:04:14.303 [main] INFO com.example.App - started without ERROR
debug T plain [2026-11-21 12:04:14,303] DEBUG [Controller id=1] x (kafka.Server)
warn  T plain 2026-11-21T12:04:14.303954Z 0 [Warning] [MY-010068] [Server] CA certificate
info  T plain 2026-11-21 12:04:14 0 [Note] mariadbd: ready for connections
info  T plain 2026-11-21 12:04:14.303954+00:00 [info] <0.1.0> Server startup complete
error T plain E, [2026-11-21T12:04:14.303954 #1] ERROR -- : boom
error T plain [2026-11-21T12:04:14.303954+00:00] app.ERROR: Uncaught PHP Exception {"exception":"x"} []
info  T plain [2026/11/21 12:04:14] [ info] [engine] started
info  T plain [12:04:14 INF] Now listening
warn  T plain [12:04:14] [Server thread/WARN]: Can't keep up!
error T plain 1795262654303 ERROR x
info  T plain 1795262654303954436 INFO x
error T plain 2026-11-21T12:04:14.303Z	ERROR	controller/x.go:1	Reconciler error	{"a": 1}
error . plain ERROR: relation "x" does not exist
error . plain error: deadlock detected, process 812
error . plain [ERROR] x
error . plain [E] x
warn  . plain WARN  x
warn  . plain WARNING:root:x
info  . plain info: Microsoft.Hosting.Lifetime[14]
error . plain fail: Microsoft.AspNetCore[1]
fatal . plain crit: Host[1]
error . plain ~[31merror~[39m: winston in colour
error . plain ~[31mERROR~[0m x
info  . plain ~[2m12~[0m ~[32m INFO~[0m app: no ERROR here
error T plain ~[2m2026-11-21T12:04:14.303Z~[0m ~[31mERROR~[0m ~[2mapp~[0m: x
warn  . plain app | level=warn x
error . plain x {"severity": "ERROR", "a": 1}
error . plain java.lang.IllegalStateException: INFO
error . plain Exception in thread "main" java.lang.NullPointerException
error . plain Uncaught TypeError: x is not a function
warn  . plain (node:1) DeprecationWarning: Buffer() is deprecated
error . plain Traceback (most recent call last):
fatal . plain panic: runtime error: index out of range
fatal . plain fatal error: all goroutines are asleep - deadlock!
error . plain thread 'main' panicked at src/main.rs:2:5:
error . plain npm ERR! code ELIFECYCLE
error . plain main.c:10:5: error: expected ';'
-     . plain 0 errors, 0 warnings
-     . plain 0 ERROR
-     . plain error=null
-     . plain done err=nil in 3ms
-     . plain GET /error 200 3ms
-     T plain 12:04:14 - started the job
-     T plain 2026-11-21 12:04:14 # comment
-     . plain total: 5 error(s)
-     . plain Failed: 0
-     . plain https://x/?level=2
-     . plain GET /v1/deals/7 200 27ms
-     . plain checked the error rate: fine
-     . plain please set the log level to DEBUG
-     . plain finished with no ERROR
-     . plain levels: DEBUG, INFO or WARN
-     . plain levels DEBUG|INFO|WARN|ERROR
-     . plain error-prone code
-     . plain errorERROR
-     . plain terror: none
-     . plain note: nothing
-     . plain information about the server
-     . plain <error>no</error>
-     . plain  	at com.example.Error.run(Error.java:10)
-     . plain 10.0.0.1 - - "GET /"
error . plain {"level":"error", "message": "cut he
-     . plain {status:error}
-     . plain é ünïcode ✓
"#;

#[test]
fn real_lines() {
    let near = "2026-11-21T12:04:15Z".parse().unwrap();
    let (mut wrong, mut count) = (Vec::new(), 0);
    for row in CORPUS.lines().filter(|l| !l.is_empty()) {
        let (level, rest) = row.split_once(' ').unwrap();
        let (stamp, rest) = rest.trim_start().split_once(' ').unwrap();
        let (format, line) = rest.split_once(' ').unwrap();
        let line = line.replace('~', "\u{1b}");
        let reading = read_near(&line, Some(near));
        let at = match reading.at.map(|t| t.as_second()) {
            None => ".".to_owned(),
            Some(1_795_262_654) => "T".to_owned(),
            Some(_) => reading.at.unwrap().to_string(),
        };
        let got =
            (reading.level.map_or("-", Level::word), at, format!("{:?}", reading.format).to_lowercase());
        if got != (level, stamp.to_owned(), format.to_owned()) {
            wrong.push(format!("{got:?} instead of {level} {stamp} {format}: {line}"));
        }
        count += 1;
    }
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count >= 110, "{count}");
}

#[test]
fn what_is_said_and_what_can_be_left_out() {
    let line = "2026-11-21 12:04:14.303 UTC [27] ERROR:  x";
    let reading = read(line);
    assert_eq!(&line[reading.stamp.clone()], "2026-11-21 12:04:14.303 UTC ");
    assert_eq!(&line[reading.message.clone()], "[27] ERROR:  x");
    assert_eq!(&line[reading.level_at.unwrap()], "ERROR");
    let line = r#"{"level":30,"msg":"a \"b\"","x":1}"#;
    assert_eq!(&line[read(line).message], r#"a \"b\""#);
    let line = "Nov 21 12:04:14 web1 app[1]: x: y";
    assert_eq!((&line[read(line).message], read(line).at), ("x: y", None));
    assert_eq!(read("10.0.0.1 - - [21/Nov/2026:12:04:14 +0000] \"G\" 200 1").format, Format::Access);
    assert!(read("10.0.0.1 - - [21/Nov/2026:12:04:14 +0000] \"G\" 200 1").stamp.is_empty());
}

fn check(line: &str) {
    let near = "2026-11-21T12:04:15Z".parse().ok();
    for near in [None, near] {
        let reading = read_near(line, near);
        for range in [Some(reading.stamp), Some(reading.message), reading.level_at].into_iter().flatten() {
            assert!(line.get(range.clone()).is_some(), "{range:?} of {line:?}");
        }
        let shown = show(line, near, true);
        assert!(shown.text.get(shown.word).is_some(), "{line:?}");
    }
    fields(line);
    continues(line, line);
}

proptest! {
    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        check(&String::from_utf8_lossy(&bytes));
    }

    /// Real lines, cut and with something put in anywhere.
    #[test]
    fn mutilated_lines(row in 0..120_usize, cut in 0..200_usize, skip in 0..6_usize, with in "[\\PC\\x1b]{0,4}") {
        let line = CORPUS.lines().cycle().nth(row + 1).unwrap_or_default().get(14..).unwrap_or_default();
        let line = line.replace('~', "\u{1b}");
        let chars: Vec<char> = line.chars().collect();
        let cut = cut.min(chars.len());
        let line: String = chars[..cut].iter().copied().chain(with.chars())
            .chain(chars[cut..].iter().copied().skip(skip)).collect();
        check(&line);
    }
}
