//! `lanyard init`: a new installation with its first tenant and the first administrator's certificate.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use dialoguer::Input;
use jiff::{SignedDuration, Timestamp};

use lanyard_certificate_policy::{MethodPolicy, Target, TargetId};
use lanyard_directory::{DirectoryRole, RoleAssignment, TenantId};
use lanyard_engine::administer::{Actor, NewAuthority, NewTenant, NewUser};
use lanyard_testkit::{AuthorityProfile, CertificateAuthority, ServerProfile, UserProfile, Validity};

use crate::cli::InitArgs;
use crate::configuration::{SampleValues, sample};
use crate::installation::{Installation, create_master_key};

/// What was asked or given.
struct Answers {
    base: String,
    domain: String,
    organisation: String,
    data: PathBuf,
    database_url: String,
}

/// Writes everything that does not exist yet; refuses to touch what does.
pub(crate) async fn run(args: InitArgs) -> anyhow::Result<ExitCode> {
    if args.config.exists() {
        bail!(
            "{} exists already; nothing was changed\n  hint: name another file with --config",
            args.config.display()
        );
    }
    let answers = answers(&args)?;
    std::fs::create_dir_all(&answers.data)
        .with_context(|| format!("cannot create {}", answers.data.display()))?;
    create_master_key(&answers.data)?;
    let config_folder = args
        .config
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let tls_made = write_server_certificates(&config_folder.join("tls"), &answers.base)?;
    let text = sample(&SampleValues {
        base: answers.base.clone(),
        listen: args.listen.to_string(),
        management_listen: args.management_listen.to_string(),
        data: std::path::absolute(&answers.data)?.display().to_string(),
        database_url: answers.database_url.clone(),
        login_aliases: Vec::new(),
        allowed_networks: Vec::new(),
    });
    std::fs::write(&args.config, text)?;

    let installation = Installation::open(&args.config).await?;
    let made = create_first_administrator(&installation, &args, &answers).await?;
    installation.store.close().await;

    println!("Wrote {}", args.config.display());
    println!(
        "Wrote the master key: {}",
        answers.data.join(crate::installation::MASTER_KEY_FILE).display()
    );
    println!("  Keep a copy apart from the database: neither opens without the other.");
    if tls_made {
        println!(
            "Wrote server certificates of an own authority to {}",
            config_folder.join("tls").display()
        );
        println!("  Replace them by certificates that browsers trust before real use.");
    }
    println!("\nFirst administrator: {}", made.user_name);
    println!("  certificate: {}", made.pfx.display());
    println!("  password:    {}   (shown once)", made.password);
    println!(
        "  It signs in as multifactor. Its authority was used once and its key thrown away; remove it when your own"
    );
    println!(
        "  authorities are in the trust store: lanyard admin ca remove \"{}\"",
        made.authority
    );
    println!("\nNext: lanyard serve --config {}", args.config.display());
    println!("      then lanyard admin ca add, lanyard admin policy show");
    Ok(ExitCode::SUCCESS)
}

fn answers(args: &InitArgs) -> anyhow::Result<Answers> {
    let ask = |given: &Option<String>, flag: &str, prompt: &str, proposal: &str| -> anyhow::Result<String> {
        match given {
            Some(value) => Ok(value.clone()),
            None if args.yes => bail!("--{flag} is needed with --yes"),
            None => Ok(Input::new()
                .with_prompt(prompt)
                .default(proposal.to_owned())
                .interact_text()?),
        }
    };
    let base = ask(
        &args.base,
        "base",
        "Base host name (people sign in at login.<base>)",
        "idp.example.org",
    )?;
    let domain = ask(
        &args.domain,
        "domain",
        "Domain of your organisation (jane@<domain>)",
        "example.org",
    )?;
    let organisation = ask(
        &args.organisation,
        "organisation",
        "Name of your organisation",
        "Example Organisation",
    )?;
    let data = args.data.as_ref().map(|path| path.display().to_string());
    let data = PathBuf::from(ask(&data, "data", "Data folder", "/var/lib/lanyard")?);
    let database_url = match &args.database_url {
        Some(url) => url.clone(),
        None => format!(
            "sqlite:{}",
            std::path::absolute(&data)?.join("lanyard.db").display()
        ),
    };
    Ok(Answers {
        base,
        domain,
        organisation,
        data,
        database_url,
    })
}

/// Server certificates from an own authority, unless the files are there. `true`: they were made.
fn write_server_certificates(folder: &Path, base: &str) -> anyhow::Result<bool> {
    let files = ["login.pem", "login.key", "certauth.pem", "certauth.key"].map(|name| folder.join(name));
    if files.iter().all(|file| file.exists()) {
        return Ok(false);
    }
    if let Some(present) = files.iter().find(|file| file.exists()) {
        bail!(
            "{} exists but not all four server certificate files do; nothing was changed",
            present.display()
        );
    }
    std::fs::create_dir_all(folder)?;
    let validity = Validity::days_from(Timestamp::now() - SignedDuration::from_hours(1), 397);
    let authority = CertificateAuthority::root(&AuthorityProfile::new("Lanyard initial TLS root", validity))?;
    let certauth = format!("certauth.{base}");
    let sets = [
        ("login", vec![format!("login.{base}"), format!("graph.{base}")]),
        ("certauth", vec![certauth.clone(), format!("*.{certauth}")]),
    ];
    for (name, names) in sets {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let issued = authority.issue_server(&ServerProfile::new(&names, validity))?;
        std::fs::write(
            folder.join(format!("{name}.pem")),
            issued.certificate_pem() + &authority.certificate_pem(),
        )?;
        write_private(&folder.join(format!("{name}.key")), issued.key().pem().as_bytes())?;
    }
    std::fs::write(folder.join("root.pem"), authority.certificate_pem())?;
    Ok(true)
}

struct FirstAdministrator {
    user_name: String,
    pfx: PathBuf,
    password: String,
    authority: String,
}

async fn create_first_administrator(
    installation: &Installation,
    args: &InitArgs,
    answers: &Answers,
) -> anyhow::Result<FirstAdministrator> {
    let engine = &installation.engine;
    let actor = Actor("init".to_owned());
    let new = NewTenant {
        id: None,
        display_name: answers.organisation.clone(),
        domain: answers.domain.clone(),
    };
    let tenant: TenantId = engine.create_tenant(&actor, new).await?.id;
    let user_name = format!("{}@{}", args.administrator, answers.domain.to_lowercase());

    let validity = Validity::days_from(Timestamp::now() - SignedDuration::from_hours(1), 397);
    let authority = CertificateAuthority::root(
        &AuthorityProfile::new("Lanyard initial administrator CA", validity).path_length(0),
    )?;
    let issued = authority
        .issue_user(&UserProfile::new("First administrator", validity).user_principal_name(&user_name))?;
    let facts = lanyard_pki::Certificate::parse(issued.certificate_der())?
        .facts()
        .clone();

    let added = engine
        .add_authority(
            &actor,
            tenant,
            NewAuthority {
                certificate: authority.certificate_der().to_vec(),
                is_root_authority: true,
                ..NewAuthority::default()
            },
        )
        .await?;
    let thumbprint = data_encoding::HEXUPPER.encode(&facts.sha1_thumbprint);
    let user = engine
        .create_user(
            &actor,
            tenant,
            NewUser {
                user_principal_name: user_name.clone(),
                display_name: "First administrator".to_owned(),
                certificate_user_ids: vec![format!("X509:<SHA1-PUKEY>{thumbprint}")],
                ..NewUser::default()
            },
        )
        .await?;
    let group = engine.create_group(&actor, tenant, "Certificate sign-in").await?;
    engine.add_group_member(&actor, &group, &user_name).await?;
    installation
        .store
        .add_role_assignment(&RoleAssignment {
            id: uuid::Uuid::new_v4(),
            tenant,
            principal: user.id,
            role: DirectoryRole::GLOBAL_ADMINISTRATOR,
        })
        .await?;
    let policy = first_policy(&authority_rule(&facts), group.id.0)?;
    engine.set_method_policy(&actor, tenant, policy).await?;

    let mut octets = zeroize::Zeroizing::new([0_u8; 15]);
    aws_lc_rs::rand::fill(octets.as_mut_slice())
        .map_err(|_| anyhow::anyhow!("the random generator failed"))?;
    let password = data_encoding::BASE32_NOPAD
        .encode(octets.as_slice())
        .to_lowercase();
    let pfx = answers.data.join("first-administrator.pfx");
    write_private(&pfx, &issued.pfx(&password, &[authority.certificate_der()])?)?;
    Ok(FirstAdministrator {
        user_name,
        pfx,
        password,
        authority: added.display_name,
    })
}

/// The issuer rule that makes the initial authority's certificate multifactor.
fn authority_rule(facts: &lanyard_pki::CertificateFacts) -> serde_json::Value {
    serde_json::json!({
        "x509CertificateRuleType": "issuerSubject",
        "identifier": facts.issuer.to_string(),
        "x509CertificateAuthenticationMode": "x509CertificateMultiFactor",
        "x509CertificateRequiredAffinityLevel": "high"
    })
}

/// On for the one group; thumbprints bind first.
fn first_policy(rule: &serde_json::Value, group: uuid::Uuid) -> anyhow::Result<MethodPolicy> {
    let mut policy = MethodPolicy::default();
    let bindings = serde_json::json!([
        { "x509CertificateField": "SHA1PublicKey", "userProperty": "certificateUserIds", "priority": 1 },
        { "x509CertificateField": "SubjectKeyIdentifier", "userProperty": "certificateUserIds", "priority": 2 },
        { "x509CertificateField": "PrincipalName", "userProperty": "userPrincipalName", "priority": 3 }
    ]);
    policy.certificate_user_bindings = serde_json::from_value(bindings)?;
    policy.authentication_mode_configuration.rules = serde_json::from_value(serde_json::json!([rule]))?;
    policy.state = lanyard_certificate_policy::Switch::Enabled;
    policy.include_targets = vec![Target::new(TargetId::Group(group))];
    Ok(policy)
}

fn write_private(path: &Path, octets: &[u8]) -> anyhow::Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(octets)?;
    Ok(())
}
