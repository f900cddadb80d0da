//! The phone page: what it shows, what it escapes, and its buttons.

use duo_simulator::ApplicationKind::Auth;
use serde_json::json;

use super::caller::{Answer, Duo, raw};

async fn page(duo: &Duo, query: &str) -> Answer {
    let request = format!("GET /phone{query} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    raw(duo.simulator.http_addr(), &request).await
}

async fn press(duo: &Duo, form: &str) -> Answer {
    let length = form.len();
    let request = format!(
        "POST /phone/press HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {length}\r\nConnection: close\r\n\r\n{form}"
    );
    raw(duo.simulator.http_addr(), &request).await
}

#[tokio::test]
async fn a_push_is_shown_escaped_and_its_buttons_end_it() {
    for (button, status) in [("approve", "allow"), ("deny", "deny"), ("fraud", "fraud")] {
        let duo = Duo::start().await;
        let push = json!({
            "username": "mrossi", "factor": "push", "device": "auto", "async": "1", "type": "Help <b>desk</b>",
            "pushinfo": "Asked%20by=%3Cscript%3Ealert(1)%3C%2Fscript%3E&Why=Caf%C3%A9", "ipaddr": "192.0.2.1",
        });
        let txid = duo.post(Auth, "/auth/v2/auth", &push).await.json()["response"]["txid"].clone();
        let txid = txid.as_str().unwrap();
        let shown = page(&duo, "?user=mrossi").await;
        assert_eq!((shown.status, shown.header("content-type")), (200, Some("text/html; charset=utf-8")));
        for text in ["Help &lt;b&gt;desk&lt;/b&gt;", "Asked by", "&lt;script&gt;alert(1)", "Café", "192.0.2.1", txid] {
            assert!(shown.body.contains(text), "{text} is missing in {}", shown.body);
        }
        assert!(!shown.body.contains("<script>alert") && !shown.body.contains("<b>desk"));
        assert!(page(&duo, "").await.body.contains(txid), "all phones");
        assert!(!page(&duo, "?user=jdoe").await.body.contains(txid), "not on somebody else's");
        let pressed = press(&duo, &format!("txid={txid}&action={button}&user=mrossi")).await;
        assert_eq!(pressed.status, 303);
        assert!(
            pressed.header("location").is_some_and(|to| to.starts_with("/phone?done=") && to.ends_with("user=mrossi"))
        );
        let end = duo.get(Auth, "/auth/v2/auth_status", &format!("txid={txid}")).await.json();
        assert_eq!(end["response"]["status"], status);
        assert!(!page(&duo, "").await.body.contains(txid), "answered and gone");
        let late = press(&duo, &format!("txid={txid}&action=approve")).await;
        assert_eq!(late.header("location"), Some("/phone?done=gone"));
    }
}

#[tokio::test]
async fn a_strange_name_in_the_address_stays_text() {
    let duo = Duo::start().await;
    let shown = page(&duo, "?user=%22%3E%3Cimg%20src%3Dx%3E&done=%3Cb%3E").await;
    assert!(!shown.body.contains("<img") && !shown.body.contains("<b>\u{3c}"));
    assert_eq!(press(&duo, "txid=x&action=explode").await.status, 400);
}
