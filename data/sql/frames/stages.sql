-- One row per stage of the pipeline.
SELECT
    id AS stage,
    name_zh,
    name_en,
    kind,
    position
FROM visible_stages
ORDER BY position, id
