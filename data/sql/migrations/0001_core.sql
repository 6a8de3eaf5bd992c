-- The first store: one table per record, and what the store keeps about itself.
-- Money is in the department's currency, tax excluded; TIMESTAMP columns are UTC.
-- References are checked by the writer and the import: DuckDB refuses updates of rows that foreign keys point to.

CREATE TABLE stages (
    id VARCHAR PRIMARY KEY,
    name_zh VARCHAR NOT NULL,
    name_en VARCHAR NOT NULL,
    kind VARCHAR NOT NULL CHECK (kind IN ('open', 'won', 'lost')),
    position BIGINT NOT NULL,
    origin VARCHAR NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);

CREATE TABLE reps (
    id VARCHAR PRIMARY KEY,
    name VARCHAR NOT NULL,
    team VARCHAR,
    manager_id VARCHAR,
    role VARCHAR NOT NULL CHECK (role IN ('gm', 'gm_office', 'manager', 'rep', 'assistant', 'cost_engineer', 'finance', 'admin')),
    status VARCHAR NOT NULL CHECK (status IN ('probation', 'regular', 'left')),
    hired_on DATE,
    left_on DATE,
    origin VARCHAR NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);

CREATE TABLE rep_teams (
    id VARCHAR PRIMARY KEY,
    rep_id VARCHAR NOT NULL,
    team VARCHAR,
    manager_id VARCHAR,
    from_on DATE NOT NULL,
    until_on DATE,
    origin VARCHAR NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);

CREATE TABLE customers (
    id VARCHAR PRIMARY KEY,
    code VARCHAR,
    name VARCHAR NOT NULL,
    address VARCHAR,
    region VARCHAR,
    industry VARCHAR,
    size_band VARCHAR,
    ownership VARCHAR,
    registered_capital DECIMAL(18, 4),
    products VARCHAR,
    owner_rep_id VARCHAR,
    tracking VARCHAR NOT NULL CHECK (tracking IN ('trackable', 'potential', 'reserved', 'abandoned')),
    created_on DATE,
    note VARCHAR,
    origin VARCHAR NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);

CREATE TABLE contacts (
    id VARCHAR PRIMARY KEY,
    customer_id VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    role VARCHAR CHECK (role IN ('decision_maker', 'liaison', 'technical', 'finance', 'user', 'other')),
    department VARCHAR,
    position VARCHAR,
    phone VARCHAR,
    email VARCHAR,
    note VARCHAR,
    origin VARCHAR NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);

CREATE TABLE deals (
    id VARCHAR PRIMARY KEY,
    name VARCHAR,
    customer_id VARCHAR,
    rep_id VARCHAR NOT NULL,
    product VARCHAR,
    source VARCHAR,
    kind VARCHAR,
    stage VARCHAR,
    status VARCHAR NOT NULL CHECK (status IN ('open', 'won', 'lost')),
    opened_on DATE,
    expected_on DATE,
    closed_on DATE,
    amount DECIMAL(18, 4),
    cost DECIMAL(18, 4),
    loss_reason VARCHAR,
    origin VARCHAR NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);

CREATE TABLE deal_lines (
    id VARCHAR PRIMARY KEY,
    deal_id VARCHAR NOT NULL,
    line BIGINT NOT NULL,
    product VARCHAR,
    category VARCHAR,
    quantity DECIMAL(18, 4),
    amount DECIMAL(18, 4) NOT NULL,
    cost DECIMAL(18, 4),
    origin VARCHAR NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);

CREATE TABLE stage_events (
    id VARCHAR PRIMARY KEY,
    deal_id VARCHAR NOT NULL,
    seq BIGINT NOT NULL,
    stage VARCHAR NOT NULL,
    entered_at TIMESTAMP NOT NULL,
    origin VARCHAR NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);

CREATE TABLE visits (
    id VARCHAR PRIMARY KEY,
    customer_id VARCHAR,
    contact_id VARCHAR,
    rep_id VARCHAR NOT NULL,
    deal_id VARCHAR,
    kind VARCHAR NOT NULL CHECK (kind IN ('visit', 'demo', 'negotiation', 'inspection', 'revisit', 'call', 'online', 'task', 'email')),
    visited_at TIMESTAMP NOT NULL,
    minutes BIGINT,
    topic VARCHAR,
    outcome VARCHAR,
    next_on DATE,
    origin VARCHAR NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);

CREATE TABLE targets (
    id VARCHAR PRIMARY KEY,
    subject_kind VARCHAR NOT NULL CHECK (subject_kind IN ('rep', 'team')),
    subject VARCHAR NOT NULL,
    month DATE NOT NULL,
    amount DECIMAL(18, 4) NOT NULL,
    origin VARCHAR NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);

CREATE TABLE work_reports (
    id VARCHAR PRIMARY KEY,
    kind VARCHAR NOT NULL CHECK (kind IN ('weekly')),
    rep_id VARCHAR NOT NULL,
    period_on DATE NOT NULL,
    status VARCHAR NOT NULL CHECK (status IN ('draft', 'submitted', 'reviewed')),
    summary VARCHAR,
    projects VARCHAR,
    problems VARCHAR,
    visits_planned BIGINT,
    amount_planned DECIMAL(18, 4),
    plan VARCHAR,
    submitted_at TIMESTAMP,
    read_at TIMESTAMP,
    reviewed_at TIMESTAMP,
    reviewed_by VARCHAR,
    comment VARCHAR,
    origin VARCHAR NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);

-- Fields changed by hand after an import: the next import must not overwrite them.
-- `imported` is the value the last import brought, as text.
CREATE TABLE hand_edits (
    record VARCHAR NOT NULL,
    id VARCHAR NOT NULL,
    field VARCHAR NOT NULL,
    imported VARCHAR,
    edited_at TIMESTAMP NOT NULL,
    edited_by VARCHAR NOT NULL,
    PRIMARY KEY (record, id, field)
);

CREATE TABLE settings (
    name VARCHAR PRIMARY KEY,
    value VARCHAR NOT NULL -- JSON
);

CREATE TABLE table_versions (
    name VARCHAR PRIMARY KEY,
    version BIGINT NOT NULL
);

-- Append-only. `hash` is an HMAC over the row and the hash before it; the key lies outside the store.
CREATE TABLE audit (
    seq BIGINT PRIMARY KEY,
    happened_at TIMESTAMP NOT NULL,
    person VARCHAR NOT NULL,
    action VARCHAR NOT NULL,
    record VARCHAR,
    id VARCHAR,
    before VARCHAR, -- JSON
    after VARCHAR, -- JSON
    hash VARCHAR NOT NULL
);

-- Forms already filed: a double click or a retry finds its id here and files once.
CREATE TABLE forms (
    id VARCHAR PRIMARY KEY,
    filed_at TIMESTAMP NOT NULL
);
