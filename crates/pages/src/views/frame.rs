//! What every page has around its content.

use crate::{ConfigBlock, assets};

/// Header, style sheets and data block of a page.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Name of the organisation; `None` where no tenant is known.
    pub tenant_name: Option<String>,
    /// Path of the assets, without a closing slash.
    pub assets: &'static str,
    /// The data block for automation, if the page has one.
    pub config: Option<ConfigBlock>,
}

impl Frame {
    /// The frame of a page of one tenant.
    #[must_use]
    pub fn of_tenant(name: impl Into<String>) -> Self {
        Self {
            tenant_name: Some(name.into()),
            ..Self::without_tenant()
        }
    }

    /// The frame where no tenant is known yet.
    #[must_use]
    pub fn without_tenant() -> Self {
        Self {
            tenant_name: None,
            assets: assets::base(),
            config: None,
        }
    }

    /// Adds the data block.
    #[must_use]
    pub fn with_config(mut self, config: ConfigBlock) -> Self {
        self.config = Some(config);
        self
    }
}

/// The two hidden fields that carry a flow from page to page. Source: certificate-sign-in §1.3.
#[derive(Clone, Debug)]
pub struct FlowFields {
    /// `ctx`
    pub context: String,
    /// `flowtoken`; new on every page. Absent on the pages after the certificate step.
    pub flow_token: Option<String>,
}

/// What was wrong with what the person typed.
#[derive(Clone, Debug)]
pub struct Problem {
    /// One sentence.
    pub text: String,
    /// The one thing to do.
    pub hint: Option<String>,
}
