//! `lanyard admin user`

use std::io::BufWriter;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use lanyard_directory::{TenantId, User};
use lanyard_engine::Caller;
use lanyard_engine::administer::{NewUser, UserChange};
use lanyard_engine::change_safety::PersonWithoutCertificate;

use crate::admin::emergency::{self, EmergencyCommand};
use crate::admin::row_stream::RowStream;
use crate::admin::{InTenant, print_rows};
use crate::cli::Output;
use crate::import::progress_bar;
use crate::installation::Installation;

/// Users and their certificateUserIds.
#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// List users by name
    List {
        /// Start after this name
        #[arg(long)]
        after: Option<String>,
        /// How many
        #[arg(long, default_value_t = 100)]
        limit: u32,
    },
    /// Show one user
    Show {
        /// User principal name
        user_name: String,
    },
    /// Create a user
    Create(CreateUser),
    /// Replace a user's certificateUserIds (none given: remove all)
    SetIds {
        /// User principal name
        user_name: String,
        /// Values such as `X509:<PN>jane@agency.example`
        ids: Vec<String>,
    },
    /// List whom the method is for and who has no certificate that works: they would be locked out
    WithoutCertificate {
        /// How many
        #[arg(long, default_value_t = 1000)]
        limit: usize,
    },
    /// Print the seven certificateUserIds that a certificate gives
    ComputeIds {
        /// Certificate, PEM or DER
        certificate: PathBuf,
    },
    /// Change a user; what is not named stays, an empty text removes
    Update(UpdateUser),
    /// Delete a user: signed out everywhere at once; `lanyard admin deleted restore` brings it back for 30 days
    Delete {
        /// User principal name
        user_name: String,
    },
    /// Allow sign-in again
    Enable {
        /// User principal name
        user_name: String,
    },
    /// Block sign-in and refresh
    Disable {
        /// User principal name
        user_name: String,
    },
    /// End every session and refresh token of a user
    RevokeSessions {
        /// User principal name
        user_name: String,
    },
    /// Accounts that no scope can lock out (break-glass accounts)
    #[command(subcommand)]
    Emergency(EmergencyCommand),
}

/// A new user.
#[derive(Debug, Args)]
pub(crate) struct CreateUser {
    /// User principal name in a domain of the tenant
    user_name: String,
    /// Name shown to people
    #[arg(long)]
    name: String,
    /// Mail address
    #[arg(long)]
    mail: Option<String>,
    /// UPN in the on-premises directory
    #[arg(long)]
    on_premises_upn: Option<String>,
    /// certificateUserIds; may be given several times
    #[arg(long = "certificate-user-id")]
    certificate_user_ids: Vec<String>,
}

/// What shall be different.
#[derive(Debug, Args)]
pub(crate) struct UpdateUser {
    /// User principal name
    user_name: String,
    /// New user principal name, in a domain of the tenant
    #[arg(long)]
    new_user_name: Option<String>,
    /// Name shown to people
    #[arg(long)]
    name: Option<String>,
    /// Given name
    #[arg(long)]
    given_name: Option<String>,
    /// Family name
    #[arg(long)]
    surname: Option<String>,
    /// Mail address
    #[arg(long)]
    mail: Option<String>,
}

impl UpdateUser {
    fn change(&self) -> UserChange {
        let or_none = |text: &Option<String>| {
            text.as_ref()
                .map(|text| Some(text.clone()).filter(|text| !text.is_empty()))
        };
        UserChange {
            user_principal_name: self.new_user_name.clone(),
            display_name: self.name.clone(),
            given_name: or_none(&self.given_name),
            surname: or_none(&self.surname),
            mail: or_none(&self.mail),
            ..UserChange::default()
        }
    }
}

/// Runs one command.
pub(crate) async fn run(here: InTenant<'_>, command: UserCommand) -> anyhow::Result<()> {
    let InTenant {
        installation,
        actor,
        tenant,
        output,
    } = here;
    let engine = &installation.engine;
    let id = tenant.tenant.id;
    let operator = Caller::local_operator(id);
    match command {
        UserCommand::List { after, limit } => {
            let after = after.map(|name| User::upn_key(&name));
            let users = installation
                .store
                .users(id, after.as_deref(), limit.min(10_000))
                .await?;
            let rows: Vec<Vec<String>> = users
                .iter()
                .map(|user| {
                    vec![
                        user.user_principal_name.clone(),
                        user.display_name.clone(),
                        if user.account_enabled {
                            "enabled"
                        } else {
                            "disabled"
                        }
                        .to_owned(),
                        user.certificate_user_ids.len().to_string(),
                        user.id.to_string(),
                    ]
                })
                .collect();
            print_rows(
                output,
                &["User name", "Name", "Account", "Certificate ids", "Id"],
                &rows,
            )
        }
        UserCommand::Show { user_name } => show(&engine.user_named(id, &user_name).await?),
        UserCommand::Create(new) => {
            let new = NewUser {
                user_principal_name: new.user_name,
                display_name: new.name,
                mail: new.mail,
                on_premises_user_principal_name: new.on_premises_upn,
                certificate_user_ids: new.certificate_user_ids,
                ..NewUser::default()
            };
            let user = engine.create_user(actor, id, new).await?;
            println!("Created {} ({}).", user.user_principal_name, user.id);
            Ok(())
        }
        UserCommand::SetIds { user_name, ids } => {
            let user = engine
                .set_certificate_user_ids(actor, id, &user_name, ids)
                .await?;
            println!(
                "{} has {} certificateUserIds now.",
                user.user_principal_name,
                user.certificate_user_ids.len()
            );
            Ok(())
        }
        UserCommand::WithoutCertificate { limit } => {
            without_certificate(installation, id, limit, output).await
        }
        UserCommand::ComputeIds { certificate } => {
            let certificates = lanyard_pki::parse_pem_or_der(&std::fs::read(&certificate)?)?;
            let Some(first) = certificates.first() else {
                anyhow::bail!("no certificate in the file")
            };
            let ids = serde_json::to_value(lanyard_certificate_policy::certificate_user_ids(first.facts()))?;
            let rows: Vec<Vec<String>> = ids
                .as_object()
                .into_iter()
                .flatten()
                .map(|(field, value)| vec![field.clone(), value.as_str().unwrap_or_default().to_owned()])
                .collect();
            print_rows(output, &["Field", "Value"], &rows)
        }
        UserCommand::Update(update) => {
            let change = update.change();
            if change == UserChange::default() {
                anyhow::bail!(
                    "nothing to change was named\n  hint: --name, --mail, --new-user-name … say what"
                );
            }
            let user = engine.user_named(id, &update.user_name).await?;
            let key = user.id.to_string();
            engine.change_user_by(&operator, &key, &change).await?;
            show(&engine.read_user(&operator, &key).await?.0)
        }
        UserCommand::Delete { user_name } => {
            let user = engine.user_named(id, &user_name).await?;
            engine.remove_user(&operator, &user.id.to_string()).await?;
            println!(
                "Deleted {}. `lanyard admin deleted restore {}` brings it back.",
                user.user_principal_name, user.id
            );
            Ok(())
        }
        UserCommand::Enable { user_name } => {
            show(&engine.set_account_enabled(actor, id, &user_name, true).await?)
        }
        UserCommand::Disable { user_name } => {
            show(&engine.set_account_enabled(actor, id, &user_name, false).await?)
        }
        UserCommand::RevokeSessions { user_name } => {
            let user = engine.revoke_sign_in_sessions(actor, id, &user_name).await?;
            println!(
                "Sessions of {} from before {} are over.",
                user.user_principal_name, user.sign_in_sessions_valid_from
            );
            Ok(())
        }
        UserCommand::Emergency(command) => emergency::run(here, command).await,
    }
}

/// The list is printed while it is made, so that neither a million people nor a pipe that closes early matter.
async fn without_certificate(
    installation: &Installation,
    tenant: TenantId,
    limit: usize,
    output: Output,
) -> anyhow::Result<()> {
    let bar = progress_bar(usize::try_from(installation.store.count_users(tenant).await?).ok());
    bar.set_message("looked at");
    let out = BufWriter::new(std::io::stdout());
    let headings = ["User name", "Name", "Has certificate ids", "Reason"];
    let mut rows = RowStream::new(out, output, &headings);
    let mut printed = Ok(());
    let found = |person: PersonWithoutCertificate| {
        let ids = if person.has_certificate_user_ids {
            "yes"
        } else {
            "no"
        };
        let row = vec![
            person.user_principal_name,
            person.display_name,
            ids.to_owned(),
            person.reason,
        ];
        let outcome = bar.suspend(|| rows.push(row));
        if printed.is_ok() {
            printed = outcome;
        }
    };
    installation
        .engine
        .people_without_certificate(tenant, limit, found, |count| bar.set_position(count as u64))
        .await?;
    bar.finish_and_clear();
    printed?;
    rows.finish()?;
    Ok(())
}

fn show(user: &User) -> anyhow::Result<()> {
    println!("{}", serde_json::to_string_pretty(user)?);
    Ok(())
}
