-- One step on the screens of one viewer. KEYS: leases (id -> last seen), what they play (id -> since, end of the tokens, title),
-- which have ended (id -> until when that is remembered). ARGV: step, lease, id, and for `take` limit, lifetime, title.
-- All times are microseconds by the clock of Redis.
local step, lease, id = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local function text(number) return string.format('%.0f', number) end

-- What has run out is gone.
for _, old in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', text(now - lease))) do
  redis.call('ZREM', KEYS[1], old)
  redis.call('HDEL', KEYS[2], old)
end
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', text(now))

local function list()
  local rows = {}
  local held = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
  for at = 1, #held, 2 do
    table.insert(rows, held[at])
    table.insert(rows, held[at + 1])
    table.insert(rows, redis.call('HGET', KEYS[2], held[at]) or '0 0 ')
  end
  return rows
end

local function drop()
  redis.call('HDEL', KEYS[2], id)
  return redis.call('ZREM', KEYS[1], id)
end

if step == 'list' then
  return { 'held', list() }
elseif step == 'release' then
  return { drop() == 1 and 'held' or 'free', {} }
elseif step == 'end' then
  local playing = redis.call('HGET', KEYS[2], id)
  if drop() == 0 then return { 'free', {} } end
  local remembered = tonumber(string.match(playing or '', '^%d+ (%d+)') or '0')
  redis.call('ZADD', KEYS[3], text(math.max(remembered, now + lease)), id)
  -- A bound for who plays with it.
  redis.call('ZREMRANGEBYRANK', KEYS[3], 0, -1001)
  local longest = redis.call('ZRANGE', KEYS[3], -1, -1, 'WITHSCORES')[2]
  redis.call('PEXPIRE', KEYS[3], text(math.ceil((longest - now) / 1000)))
  return { 'held', {} }
end

-- take
if redis.call('ZSCORE', KEYS[3], id) then return { 'ended', {} } end
local limit, lifetime, title = tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6]
local since, tokens_end = string.match(redis.call('HGET', KEYS[2], id) or '', '^(%d+) (%d+)')
if not since then
  if redis.call('ZCARD', KEYS[1]) >= limit then return { 'full', list() } end
  since = text(now)
end
-- The latest that any node has told: one whose clock is ahead thinks that they end sooner.
tokens_end = math.max(tonumber(tokens_end or '0'), now + lifetime)
redis.call('ZADD', KEYS[1], text(now), id)
redis.call('HSET', KEYS[2], id, since .. ' ' .. text(tokens_end) .. ' ' .. title)
for at = 1, 2 do redis.call('PEXPIRE', KEYS[at], text(math.ceil(lease / 1000) + 1)) end
return { 'opened', {} }
