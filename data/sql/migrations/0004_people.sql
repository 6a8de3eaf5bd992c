-- Who may sign in, who is signed in, and the one-time links that let people in.
-- A token is kept as its hash only; TIMESTAMP columns are UTC.

CREATE TABLE accounts (
    id VARCHAR PRIMARY KEY, -- the rep's, for people who are in reps
    login VARCHAR NOT NULL UNIQUE, -- folded: neither case nor width tells two people apart
    name VARCHAR, -- with role, only for people who are not in reps
    role VARCHAR CHECK (role IN ('gm', 'gm_office', 'manager', 'rep', 'assistant', 'cost_engineer', 'finance', 'admin')),
    email VARCHAR,
    password_hash VARCHAR, -- null until the person has chosen a password
    is_closed BOOLEAN NOT NULL,
    created_at TIMESTAMP NOT NULL,
    password_changed_at TIMESTAMP
);

CREATE TABLE sessions (
    token_hash VARCHAR PRIMARY KEY,
    person_id VARCHAR NOT NULL,
    kind VARCHAR NOT NULL CHECK (kind IN ('password', 'demo', 'oidc')),
    started_at TIMESTAMP NOT NULL,
    seen_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    ended_at TIMESTAMP, -- by its person or an administrator, whatever clocks say
    place VARCHAR -- the network address it was begun from
);

CREATE TABLE invitations (
    token_hash VARCHAR PRIMARY KEY,
    person_id VARCHAR, -- null: sets up the first administrator
    expires_at TIMESTAMP NOT NULL,
    used_at TIMESTAMP
);
