//! Somebody with a browser: a cookie, forms, and pages as text.

use std::collections::BTreeMap;

use reqwest::header::{HeaderMap, LOCATION, SET_COOKIE};
use reqwest::{Method, StatusCode, redirect};

use crate::server::Server;

/// A browser without JavaScript.
#[derive(Debug, Clone)]
pub struct Visitor {
    http: reqwest::Client,
    base: String,
    cookies: BTreeMap<String, String>,
    language: &'static str,
    /// The login of the account; empty for strangers.
    pub login: String,
    /// The first password of the account; empty for strangers.
    pub password: String,
}

/// A page as it came.
#[derive(Debug)]
pub struct Page {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Page {
    /// Where it leads; empty when it leads nowhere.
    pub fn location(&self) -> &str {
        self.headers.get(LOCATION).map_or("", |value| value.to_str().unwrap())
    }

    /// The value of a form's field, as it stands in the page.
    #[track_caller]
    pub fn field(&self, name: &str) -> &str {
        let at = self
            .text
            .find(&format!("name=\"{name}\""))
            .unwrap_or_else(|| panic!("no {name} in {}", self.text));
        let rest = self.text[at..].split_once("value=\"").expect("a value").1;
        rest.split_once('"').expect("an end").0
    }

    /// The hidden fields of its forms as they stand in the page, the last one of a name.
    pub fn hidden(&self) -> Vec<(&str, &str)> {
        let fields = self.text.split("<input type=\"hidden\" name=\"").skip(1).filter_map(|rest| {
            let (name, rest) = rest.split_once("\" value=\"")?;
            Some((name, rest.split_once('"')?.0))
        });
        fields.collect::<BTreeMap<_, _>>().into_iter().collect()
    }

    /// That it is shown and says all of this.
    #[track_caller]
    pub fn says(&self, words: &[&str]) {
        for word in words {
            assert!(self.text.contains(word), "{word} is not in {} {}", self.status, self.text);
        }
    }
}

impl Visitor {
    /// Somebody who is not signed in.
    pub fn stranger(server: &Server) -> Self {
        let http = reqwest::Client::builder().redirect(redirect::Policy::none()).build().unwrap();
        Self {
            http,
            base: server.base.clone(),
            cookies: BTreeMap::new(),
            language: "zh-CN",
            login: String::new(),
            password: String::new(),
        }
    }

    /// Opens an account for somebody and signs them in through the form.
    pub async fn of(server: &Server, staff_number: &str) -> Self {
        let password = server.open_account(staff_number).await;
        let mut visitor = Self::stranger(server);
        let page = visitor.post("/sign-in", &[("login", staff_number), ("password", &password)]).await;
        assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/"), "{}", page.text);
        visitor.keep_cookie(&page);
        (visitor.login, visitor.password) = (staff_number.to_owned(), password);
        visitor
    }

    /// Takes the cookies of an answer, as browsers do.
    pub fn keep_cookie(&mut self, page: &Page) {
        for cookie in page.headers.get_all(SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }

    /// Whose sign-in has ended.
    pub fn signed_out(&self) -> Self {
        let mut ended = self.clone();
        ended.cookies.remove("peiyu_session");
        ended
    }

    /// Who reads English.
    pub fn english(&self) -> Self {
        Self { language: "en", ..self.clone() }
    }

    pub async fn get(&self, path: &str) -> Page {
        self.send(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        self.send(self.request(Method::POST, path).header("sec-fetch-site", "same-origin").form(fields)).await
    }

    /// Sends one file as a form does.
    pub async fn upload(&self, path: &str, file: Vec<u8>) -> Page {
        let part = reqwest::multipart::Part::bytes(file).file_name("名册.xlsx");
        let form = reqwest::multipart::Form::new().part("file", part);
        let request = self.request(Method::POST, path).header("sec-fetch-site", "same-origin");
        self.send(request.multipart(form)).await
    }

    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        let request = request.header("accept", "text/html").header("accept-language", self.language);
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if cookies.is_empty() { request } else { request.header("cookie", cookies.join("; ")) }
    }

    pub async fn send(&self, request: reqwest::RequestBuilder) -> Page {
        let answer = request.send().await.expect("the api answers");
        let (status, headers) = (answer.status(), answer.headers().clone());
        Page { status, headers, text: answer.text().await.unwrap() }
    }
}
