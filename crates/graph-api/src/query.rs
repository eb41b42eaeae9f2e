//! A request with its query options.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::Method;
use http::request::Parts;

use crate::error::GraphError;
use crate::odata::{QueryFault, QueryOptions, Schema, refuse_options};
use crate::request::{GraphRequest, query_pairs};
use crate::routes::Api;
use crate::throttle::Throttle;

/// An authenticated request that may carry query options.
#[derive(Clone, Debug)]
pub(crate) struct Query {
    pub(crate) request: GraphRequest,
    /// The path below the version.
    path: String,
    pairs: Vec<(String, String)>,
    /// The set in `@odata.context`, where it is not that of the schema.
    set: Option<String>,
    throttle: Arc<Throttle>,
}

impl FromRequestParts<Api> for Query {
    type Rejection = GraphError;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, GraphError> {
        let request = GraphRequest::authenticated(parts, api).await?;
        if parts.method != Method::GET {
            refuse_options(&query_pairs(parts))?;
        }
        Ok(Self {
            request,
            path: parts.uri.path().to_owned(),
            pairs: query_pairs(parts),
            set: None,
            throttle: Arc::clone(&api.throttle),
        })
    }
}

impl Query {
    /// The same query with answers that name this set: one below a certain object.
    pub(crate) fn within(self, set: String) -> Self {
        Self {
            set: Some(set),
            ..self
        }
    }

    /// The set that answers name.
    pub(crate) fn set_name<'a>(&'a self, schema: &'a Schema) -> &'a str {
        self.set.as_deref().unwrap_or(schema.set_name)
    }

    /// Counts the objects that answering it looked at.
    pub(crate) fn charge(&self, looked_at: usize) {
        self.throttle.charge(&self.request.caller, looked_at);
    }

    /// Whether the caller accepts answers in advanced mode.
    pub(crate) fn is_eventual(&self) -> bool {
        self.request
            .headers
            .get("consistencylevel")
            .and_then(|value| value.to_str().ok())
            .is_some_and(|level| level.trim().eq_ignore_ascii_case("eventual"))
    }

    /// The first of these options that the request carries.
    pub(crate) fn first_of(&self, options: &[&'static str]) -> Option<&'static str> {
        options.iter().copied().find(|option| {
            let name = option.trim_start_matches('$');
            let is_it =
                |(pair, _): &(String, String)| pair.trim_start_matches('$').eq_ignore_ascii_case(name);
            self.pairs.iter().any(is_it)
        })
    }

    /// The options of a list.
    pub(crate) fn of_list(&self, schema: &Schema) -> Result<QueryOptions, GraphError> {
        Ok(QueryOptions::for_list(&self.pairs, schema, self.is_eventual())?)
    }

    /// The options of a single resource.
    pub(crate) fn of_one(&self, schema: &Schema) -> Result<QueryOptions, GraphError> {
        Ok(QueryOptions::for_one(&self.pairs, schema)?)
    }

    /// The link to the next page: this request with another `$skiptoken`.
    pub(crate) fn next_link(&self, token: &str) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in self.pairs.iter().filter(|(name, _)| name != "$skiptoken") {
            query.append_pair(name, value);
        }
        query.append_pair("$skiptoken", token);
        // `$` may stand as it is, and clients show these links to people.
        let query = query.finish().replace("%24", "$");
        format!("{}{}?{query}", self.request.base, self.path)
    }
}

impl From<QueryFault> for GraphError {
    fn from(fault: QueryFault) -> Self {
        match fault {
            QueryFault::Malformed(message) => Self::bad_request(message),
            QueryFault::Unsupported(message) => {
                Self::new(http::StatusCode::BAD_REQUEST, "Request_UnsupportedQuery", message)
            }
        }
    }
}
