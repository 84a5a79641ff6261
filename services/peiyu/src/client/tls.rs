//! Whom an `https://` address is believed: the machine's certificates and a private CA's.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore, crypto};

use crate::failure::{Code, Failure};

/// TLS by ring; without `is_needed` nothing is read from the disk, since nothing will be asked.
///
/// # Errors
/// Usage when the file of the private CA cannot be read or holds no certificate.
pub(super) fn config(is_needed: bool, ca: Option<&Path>) -> Result<ClientConfig, Failure> {
    let mut roots = RootCertStore::empty();
    if is_needed {
        // A certificate of the machine that cannot be read vouches for nobody; the others do.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    }
    if let Some(ca) = ca {
        for certificate in certificates(ca)? {
            roots.add(certificate).map_err(|error| unusable(ca).because(error))?;
        }
    }
    let provider = Arc::new(crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config =
        config.map_err(|error| Failure::failed("无法使用 TLS", "TLS cannot be used").because(error))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

fn certificates(ca: &Path) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let text = std::fs::read(ca).map_err(|error| unusable(ca).because(error))?;
    let found = CertificateDer::pem_slice_iter(&text).collect::<Result<Vec<_>, _>>();
    let found = found.map_err(|error| unusable(ca).because(error))?;
    if found.is_empty() {
        return Err(unusable(ca));
    }
    Ok(found)
}

fn unusable(ca: &Path) -> Failure {
    let ca = ca.display();
    Failure::usage(format!("CA 文件 {ca} 里没有可用的证书"), format!("{ca} holds no usable certificate"))
        .next(
            "--ca 应是 PEM 文件（-----BEGIN CERTIFICATE-----）",
            "--ca wants a PEM file (-----BEGIN CERTIFICATE-----)",
        )
}

/// The failure of a connection whose other end could not show who it is.
pub(super) fn distrust(base: &str, error: &reqwest::Error) -> Option<Failure> {
    let reason = tls_error(error)?;
    let failure = Failure::new(
        Code::Unreachable,
        format!("无法确认 {base} 的身份：{reason}"),
        format!("{base} does not show who it is: {reason}"),
    );
    Some(failure.next(
        "学校自建 CA：--ca 文件 或 PEIYU_CA；否则核对网址和本机时钟",
        "a private CA: --ca FILE or PEIYU_CA; else check the address and the clock of this machine",
    ))
}

/// The TLS error somewhere below; an I/O error hides what it was made from.
fn tls_error(error: &(dyn std::error::Error + 'static)) -> Option<String> {
    if let Some(found) = error.downcast_ref::<rustls::Error>() {
        return Some(found.to_string());
    }
    let hidden = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    hidden.and_then(|hidden| tls_error(hidden)).or_else(|| error.source().and_then(tls_error))
}

#[cfg(test)]
#[path = "tls_tests.rs"]
mod tests;
