-- Puts one revocation into the log. KEYS: log (revocation -> sequence), expiry (revocation -> until), state (epoch, sequence).
-- ARGV: the revocation, its lifetime in microseconds, a new epoch. Answers until when it is kept.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local function text(number) return string.format('%.0f', number) end

-- The epoch says that this is the log it was: who finds another one reads it from its start.
redis.call('HSETNX', KEYS[3], 'epoch', ARGV[3])
-- Higher than every one before, also when the clock was set back.
local sequence = math.max(now, tonumber(redis.call('HGET', KEYS[3], 'sequence') or '0') + 1)
redis.call('HSET', KEYS[3], 'sequence', text(sequence))

for _, old in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', text(now), 'LIMIT', 0, 100)) do
  redis.call('ZREM', KEYS[1], old)
  redis.call('ZREM', KEYS[2], old)
end

local kept_until = text(now + tonumber(ARGV[2]))
local row = kept_until .. ':' .. ARGV[1]
redis.call('ZADD', KEYS[1], text(sequence), row)
redis.call('ZADD', KEYS[2], kept_until, row)
local longest = redis.call('ZRANGE', KEYS[2], -1, -1, 'WITHSCORES')[2]
for at = 1, 2 do redis.call('PEXPIRE', KEYS[at], text(math.ceil((longest - now) / 1000) + 1)) end
return kept_until
