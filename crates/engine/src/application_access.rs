//! Whether an application takes anybody of a tenant, whoever they are.

use lanyard_directory::{Application, SignInAudience, TenantId};
use lanyard_verdict::{Code, Refusal, RuleId};

use crate::directory_memory::ApplicationEntry;

/// Why people of a tenant may not use an application of another one; `None` when they may.
pub(crate) fn not_in_tenant(application: &Application, tenant: TenantId) -> Option<Refusal> {
    let foreign =
        application.tenant != tenant && application.sign_in_audience == SignInAudience::AzureADMyOrg;
    foreign.then(|| {
        Refusal::new(
            Code::APPLICATION_UNKNOWN,
            RuleId::new("AUTHORIZE-TENANT"),
            "The application is not registered in this tenant.",
        )
    })
}

/// Why nobody may use an application; `None` when an administrator did not disable it.
pub(crate) fn disabled(entry: &ApplicationEntry) -> Option<Refusal> {
    let principal = entry.service_principal.as_ref()?;
    (!principal.account_enabled).then(|| {
        Refusal::new(
            Code::APPLICATION_DISABLED,
            RuleId::new("TOKEN-CLIENT-KNOWN"),
            "An administrator disabled this application.",
        )
    })
}
