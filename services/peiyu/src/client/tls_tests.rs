//! An `https://` system with a certificate of a private CA, as universities run them.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::PathBuf;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::*;
use crate::client::Client;

/// A private CA in a file, and a server that it vouches for; the server answers every request with `{"items": []}`.
async fn university(folder: &Path) -> (String, PathBuf) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let file = folder.join("ca.pem");
    std::fs::write(&file, issuer.pem()).unwrap();
    let key = KeyPair::generate().unwrap();
    let leaf =
        CertificateParams::new(vec!["localhost".to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            // Whoever does not believe the certificate breaks off; that is what one test asks for.
            let Ok(mut connection) = acceptor.accept(connection).await else { continue };
            let _ = connection.read(&mut [0; 4096]).await;
            let body = r#"{"items": []}"#;
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close";
            let answer = format!("{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
            let _ = connection.write_all(answer.as_bytes()).await;
            let _ = connection.shutdown().await;
        }
    });
    (base, file)
}

#[tokio::test]
async fn a_private_ca_is_believed_when_it_is_given() {
    let folder = tempfile::tempdir().unwrap();
    let (base, ca) = university(folder.path()).await;
    let client = Client::trusting(base, None, Some(&ca)).unwrap();
    assert_eq!(client.get("/v1/todo", &[]).await.unwrap()["items"], serde_json::json!([]));
}

#[tokio::test]
async fn a_private_ca_that_is_not_given_is_named_as_the_cure() {
    let folder = tempfile::tempdir().unwrap();
    let (base, _) = university(folder.path()).await;
    let failure = Client::trusting(base, None, None).unwrap().get("/v1/todo", &[]).await.unwrap_err();
    assert_eq!(failure.code, Code::Unreachable);
    let said = failure.to_string();
    assert!(said.contains("--ca") && said.contains("UnknownIssuer"), "{said}");
}

#[test]
fn a_file_without_a_certificate_is_refused_before_anything_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, "no certificate").unwrap();
    for wrong in [file, folder.path().join("missing.pem")] {
        let failure = config(true, Some(&wrong)).unwrap_err();
        assert_eq!(failure.code, Code::Usage);
        assert!(failure.to_string().contains("PEM"), "{failure}");
    }
}
