-- Texts that may be empty are written anew, without the compression that loses what is filled in
-- later when the write-ahead log is read again (data/connection.py says which).
-- contacts.role has a CHECK, which cannot be written anew; it is with the next change of its rows.

ALTER TABLE contacts ALTER department TYPE VARCHAR USING department;
ALTER TABLE contacts ALTER position TYPE VARCHAR USING position;
ALTER TABLE contacts ALTER phone TYPE VARCHAR USING phone;
ALTER TABLE contacts ALTER email TYPE VARCHAR USING email;
ALTER TABLE contacts ALTER note TYPE VARCHAR USING note;

ALTER TABLE customers ALTER code TYPE VARCHAR USING code;
ALTER TABLE customers ALTER address TYPE VARCHAR USING address;
ALTER TABLE customers ALTER region TYPE VARCHAR USING region;
ALTER TABLE customers ALTER industry TYPE VARCHAR USING industry;
ALTER TABLE customers ALTER size_band TYPE VARCHAR USING size_band;
ALTER TABLE customers ALTER ownership TYPE VARCHAR USING ownership;
ALTER TABLE customers ALTER products TYPE VARCHAR USING products;
ALTER TABLE customers ALTER owner_rep_id TYPE VARCHAR USING owner_rep_id;
ALTER TABLE customers ALTER note TYPE VARCHAR USING note;

ALTER TABLE deal_lines ALTER product TYPE VARCHAR USING product;
ALTER TABLE deal_lines ALTER category TYPE VARCHAR USING category;

ALTER TABLE deals ALTER name TYPE VARCHAR USING name;
ALTER TABLE deals ALTER customer_id TYPE VARCHAR USING customer_id;
ALTER TABLE deals ALTER product TYPE VARCHAR USING product;
ALTER TABLE deals ALTER source TYPE VARCHAR USING source;
ALTER TABLE deals ALTER kind TYPE VARCHAR USING kind;
ALTER TABLE deals ALTER stage TYPE VARCHAR USING stage;
ALTER TABLE deals ALTER loss_reason TYPE VARCHAR USING loss_reason;

ALTER TABLE hand_edits ALTER imported TYPE VARCHAR USING imported;

ALTER TABLE rep_teams ALTER team TYPE VARCHAR USING team;
ALTER TABLE rep_teams ALTER manager_id TYPE VARCHAR USING manager_id;

ALTER TABLE reps ALTER team TYPE VARCHAR USING team;
ALTER TABLE reps ALTER manager_id TYPE VARCHAR USING manager_id;

ALTER TABLE saved_filters ALTER query TYPE VARCHAR USING query;

ALTER TABLE visits ALTER customer_id TYPE VARCHAR USING customer_id;
ALTER TABLE visits ALTER contact_id TYPE VARCHAR USING contact_id;
ALTER TABLE visits ALTER deal_id TYPE VARCHAR USING deal_id;
ALTER TABLE visits ALTER topic TYPE VARCHAR USING topic;
ALTER TABLE visits ALTER outcome TYPE VARCHAR USING outcome;

ALTER TABLE work_reports ALTER summary TYPE VARCHAR USING summary;
ALTER TABLE work_reports ALTER projects TYPE VARCHAR USING projects;
ALTER TABLE work_reports ALTER problems TYPE VARCHAR USING problems;
ALTER TABLE work_reports ALTER plan TYPE VARCHAR USING plan;
ALTER TABLE work_reports ALTER reviewed_by TYPE VARCHAR USING reviewed_by;
ALTER TABLE work_reports ALTER comment TYPE VARCHAR USING comment;
