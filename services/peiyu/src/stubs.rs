//! Temporary: services that are not written yet.
#![allow(missing_docs)]
pub(crate) mod peiyu_api {
    use peiyu_platform::*;
    pub(crate) async fn run(_: Settings, _: Health, shutdown: Shutdown) -> Result<(), std::io::Error> {
        shutdown.requested().await;
        Ok(())
    }
    pub(crate) async fn migrate(_: &sqlx::PgPool) -> Result<(), std::io::Error> {
        Ok(())
    }
}
pub(crate) mod peiyu_projector {
    use peiyu_platform::*;
    pub(crate) async fn run(_: Settings, _: Health, shutdown: Shutdown) -> Result<(), std::io::Error> {
        shutdown.requested().await;
        Ok(())
    }
}
pub(crate) mod peiyu_notifier {
    use peiyu_platform::*;
    pub(crate) async fn run(_: Settings, _: Health, shutdown: Shutdown) -> Result<(), std::io::Error> {
        shutdown.requested().await;
        Ok(())
    }
    pub(crate) async fn send_test_mail(_: &Settings, _: &str) -> Result<String, std::io::Error> {
        Ok(String::new())
    }
}
