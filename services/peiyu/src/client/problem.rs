//! A problem of the api (RFC 9457) as a sentence with what to do next.

use peiyu_language::Language;
use reqwest::StatusCode;
use serde_json::Value;

use crate::failure::{Code, Failure, Words};

/// The failure behind an answer that is no success.
pub(super) fn failure(status: StatusCode, body: &[u8], retry_after: Option<&str>) -> Failure {
    let problem: Option<Value> = serde_json::from_slice(body).ok().filter(Value::is_object);
    let text = |name: &str| {
        let text = problem.as_ref().and_then(|problem| problem.get(name)).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    };
    let code = text("type").rsplit('/').next().unwrap_or_default().to_owned();
    let (title, detail, article) = (text("title"), text("detail"), text("article"));
    let mut sentence = match (title.is_empty(), detail.is_empty()) {
        (true, true) => format!("服务回答 {status}"),
        (false, true) => title,
        (true, false) => detail,
        (false, false) if detail.starts_with(&title) => detail,
        (false, false) => format!("{title}：{detail}"),
    };
    if !article.is_empty() {
        sentence = format!("{sentence}（依据：{article}）");
    }
    let facts = problem.as_ref().and_then(|problem| problem.get("facts")).cloned().unwrap_or_default();
    let english = match english_of(&code, &facts) {
        Some(english) => format!("{english} ({code})"),
        None if code.is_empty() => status.to_string(),
        None => code.clone(),
    };
    let mut failure = Failure::new(exit_code(status, &code), sentence, english);
    failure.next = advice(status, &code, retry_after);
    failure.problem = problem;
    failure
}

/// The sentence in English, made from code and facts as the api made the Chinese one.
fn english_of(code: &str, facts: &Value) -> Option<String> {
    let books = [peiyu_language::refusal, peiyu_language::problem];
    let mut sentences = books.iter().map(|book| book(Language::En, code, facts));
    sentences.find(|sentence| sentence != code)
}

fn exit_code(status: StatusCode, code: &str) -> Code {
    match status {
        StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE | StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            Code::Usage
        }
        StatusCode::UNPROCESSABLE_ENTITY if code == "idempotency_key_reused" => Code::Failed,
        StatusCode::FORBIDDEN
        | StatusCode::CONFLICT
        | StatusCode::PRECONDITION_FAILED
        | StatusCode::UNPROCESSABLE_ENTITY => Code::Refused,
        StatusCode::UNAUTHORIZED => Code::NotSignedIn,
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::BAD_GATEWAY | StatusCode::GATEWAY_TIMEOUT => {
            Code::Unreachable
        }
        _ => Code::Failed,
    }
}

fn advice(status: StatusCode, code: &str, retry_after: Option<&str>) -> Option<Words> {
    let words = match status {
        StatusCode::UNAUTHORIZED if code == "login_failed" || code == "wrong_password" => {
            Words::new("核对工号和密码；忘了就请组织部重置", "check number and password, or have it reset")
        }
        StatusCode::UNAUTHORIZED => Words::new("登录：peiyu login", "log in: peiyu login"),
        StatusCode::FORBIDDEN => Words::new(
            "看看你有哪些权限：peiyu whoami；换账号：peiyu login",
            "see your rights: peiyu whoami; change the account: peiyu login",
        ),
        StatusCode::NOT_FOUND => Words::new(
            "核对工号；也可能不在你的管理范围内",
            "check the number; it may also lie outside your part of the tree",
        ),
        StatusCode::PRECONDITION_FAILED => {
            Words::new("有人刚刚改过：看一眼再试", "somebody has just changed it: look again, then retry")
        }
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
            let seconds = retry_after.unwrap_or("几");
            Words::new(
                format!("{seconds} 秒后再试；一直如此：peiyu doctor"),
                "try again in a moment; if it stays so: peiyu doctor",
            )
        }
        status if status.is_server_error() => {
            Words::new("看日志与 peiyu doctor", "see the log and peiyu doctor")
        }
        _ => return None,
    };
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_sentence_article_and_rule_and_exits_with_3() {
        let body = r#"{"type": "https://peiyu.invalid/problems/talk_in_the_future", "title": "谈话日期在将来",
            "detail": "谈话日期 2030-01-01 晚于今天", "article": "意见三(四)", "status": 422}"#;
        let failure = failure(StatusCode::UNPROCESSABLE_ENTITY, body.as_bytes(), None);
        assert_eq!(failure.code, Code::Refused);
        let text = failure.to_string();
        assert!(text.contains("谈话日期在将来：谈话日期 2030-01-01 晚于今天（依据：意见三(四)）"), "{text}");
        assert!(text.contains("talk_in_the_future"), "{text}");
    }

    #[test]
    fn whoever_is_not_logged_in_is_told_how() {
        let failure = failure(StatusCode::UNAUTHORIZED, b"", None);
        assert!(failure.to_string().contains("peiyu login"), "{failure}");
        assert_eq!(failure.code, Code::NotSignedIn);
    }

    #[test]
    fn a_service_that_is_away_exits_with_4_and_says_when_to_come_back() {
        let failure = failure(StatusCode::SERVICE_UNAVAILABLE, b"{}", Some("2"));
        assert_eq!(failure.code, Code::Unreachable);
        assert!(failure.to_string().contains("2 秒后再试"), "{failure}");
    }
}
