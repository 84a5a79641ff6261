//! Checks of mail: whether the server is reached, and a real test mail.

use std::time::Duration;

use peiyu_platform::Settings;
use peiyu_platform::settings::Smtp;

use super::{Check, State};

/// How long reaching the mail server may take.
const REACH_WITHIN: Duration = Duration::from_secs(5);

/// Reaches the mail server; sends a mail when an address is given.
pub(super) async fn check(settings: &Settings, send_to: Option<&str>) -> Vec<Check> {
    let mut checks = vec![match &settings.smtp {
        Some(smtp) => reach(smtp).await,
        None => Check::new(
            ("smtp", "smtp"),
            State::Notice,
            format!("没有 [smtp]：邮件写入 {}", settings.data.join("mail").display()),
            "no [smtp]: mails are written to files",
        ),
    }];
    if let Some(address) = send_to {
        checks.push(send(settings, address).await);
    }
    checks
}

async fn reach(smtp: &Smtp) -> Check {
    let about = ("smtp", "smtp.host, smtp.port");
    let Smtp { host, port, .. } = smtp;
    let connecting = tokio::net::TcpStream::connect((host.as_str(), *port));
    match tokio::time::timeout(REACH_WITHIN, connecting).await {
        Ok(Ok(_)) => Check::new(
            about,
            State::Good,
            format!("邮件服务器 {host}:{port} 可连接"),
            "the mail server is reached",
        ),
        Ok(Err(error)) => {
            Check::new(about, State::Bad, format!("连不上邮件服务器 {host}:{port}"), error.to_string())
        }
        Err(_) => {
            Check::new(about, State::Bad, format!("邮件服务器 {host}:{port} 没有回答"), "no answer in 5 s")
        }
    }
}

async fn send(settings: &Settings, address: &str) -> Check {
    let about = ("test_mail", "smtp");
    match peiyu_notifier::send_test_mail(settings, address).await {
        Ok(receipt) => Check::new(
            about,
            State::Good,
            format!("测试邮件已交给服务器：{receipt}"),
            "the test mail was accepted",
        ),
        Err(error) => Check::new(about, State::Bad, "测试邮件没有发出", super::chain(&error)),
    }
}
