/*
 * The Lua that all scripts share.
 *
 * One hash holds everything of an owner. So whatever Redis does with a key (expire it, move it to
 * another node, evict it) happens to all of it at once:
 *
 *   m the owner and its records, packed: see `load` r<state> the attributes of a record, packed:
 *   versions and sizes, and the record's last versions a<n>:<state><attribute> the bytes of one
 *   attribute, n being the length of the state's name
 *
 * An epoch or a version is the server's time in microseconds or, if that is higher, one more than
 * the last. So they stay below 2^53 until the year 2255, and are never given out twice, even if a
 * key has expired or a failover has lost the last commits.
 */
export const COMMON = `
local FORMAT = 1
local GRACE = 300000
local key = KEYS[1]
local time = redis.call('TIME')
local micros = time[1] * 1000000 + time[2]
local now = math.floor(micros / 1000)

local function text(number)
  return string.format('%.0f', number)
end

-- f format, v version, x expiresAt, e ended (0 or 1), b bytes, p the last epoch given out, s the records by state, each
-- with p epoch, l the life before that a clear ended, e ended, v version, c schema, x expiresAt, b bytes, m marks dropped up to
local function unpackOwner(packed)
  if not packed then return nil end
  local owner = cmsgpack.unpack(packed)
  if type(owner) ~= 'table' or owner.f ~= FORMAT then
    error('PSFORMAT')
  end
  return owner
end

local function load()
  return unpackOwner(redis.call('HGET', key, 'm'))
end

local function statusOf(owner)
  if not owner or owner.x <= now then return 'absent' end
  if owner.e == 1 then return 'ended' end
  return 'living'
end

local function isLiving(record)
  return record.e == 0 and (record.x == 0 or record.x > now)
end

local function isTombstone(record)
  return record.e == 1 and record.x > now
end

-- The last life that a clear ended and that must still be honoured.
local function endedEpoch(record)
  if not record then return 0 end
  if record.e == 1 then return isTombstone(record) and record.p or 0 end
  return record.l
end

local function fieldOf(state, name)
  return 'a' .. #state .. ':' .. state .. name
end
`;

/** The Lua of the scripts that write: they collect all changes first, then make them. */
export const DRAFT = `
${COMMON}
local loaded, changed, put = {}, {}, {}

-- The attributes of a record: h its last versions, a name, version and size (-1: a deletion mark) of each in turn.
local function attributesOf(state)
  local found = loaded[state]
  if not found then
    local packed = redis.call('HGET', key, 'r' .. state)
    found = packed and cmsgpack.unpack(packed) or { h = {}, a = {} }
    loaded[state] = found
  end
  return found
end

local function drop(owner, state)
  local record = owner.s[state]
  if not record then return end
  local a = attributesOf(state).a
  for i = 1, #a, 3 do
    if a[i + 2] >= 0 then put[fieldOf(state, a[i])] = false end
  end
  put['r' .. state] = false
  loaded[state] = { h = {}, a = {} }
  changed[state] = nil
  owner.b = owner.b - record.b
  owner.s[state] = nil
end

-- What an expired owner left behind must not be seen by its next life, but for the tombstones.
local function beginLife(owner)
  if not owner then return { f = FORMAT, v = 0, x = 0, e = 0, b = 0, p = 0, s = {} } end
  if statusOf(owner) == 'absent' then
    local over = {}
    for state, record in pairs(owner.s) do
      if not isTombstone(record) then over[#over + 1] = state end
    end
    for _, state in ipairs(over) do drop(owner, state) end
    owner.x = 0
    owner.e = 0
  end
  return owner
end

-- Records and tombstones whose time has passed.
local function prune(owner)
  local over = {}
  for state, record in pairs(owner.s) do
    if not isLiving(record) and not isTombstone(record) then over[#over + 1] = state end
  end
  for _, state in ipairs(over) do drop(owner, state) end
end

local function nextEpoch(owner)
  owner.p = math.max(owner.p + 1, micros)
  return owner.p
end

local function inChunks(command, list)
  for first = 1, #list, 1000 do
    redis.call(command, key, unpack(list, first, math.min(first + 999, #list)))
  end
end

local function expire(owner)
  local at = owner.x
  for _, record in pairs(owner.s) do
    if record.e == 1 and record.x > at then at = record.x end
  end
  -- Kept a little longer than it may be seen, so that a clock that is set back gives no epoch out twice.
  redis.call('PEXPIREAT', key, text(math.max(at, now) + GRACE))
end

local function store(owner)
  local values, gone = {}, {}
  values[1] = 'm'
  values[2] = cmsgpack.pack(owner)
  for state in pairs(changed) do
    values[#values + 1] = 'r' .. state
    values[#values + 1] = cmsgpack.pack(loaded[state])
    put['r' .. state] = nil
  end
  for field, value in pairs(put) do
    if value then
      values[#values + 1] = field
      values[#values + 1] = value
    else
      gone[#gone + 1] = field
    end
  end
  inChunks('HSET', values)
  inChunks('HDEL', gone)
  expire(owner)
end

-- Commits of the last two to four minutes. Two hashes take turns; each expires before its turn comes again.
local TURN = 120000
local turn = math.floor(now / TURN)

local function pastCommit(id)
  return redis.call('HGET', KEYS[2 + turn % 2], id) or redis.call('HGET', KEYS[3 - turn % 2], id)
end

local function remember(id, answer)
  local commits = KEYS[2 + turn % 2]
  redis.call('HSET', commits, id, answer)
  if redis.call('HLEN', commits) == 1 then
    redis.call('PEXPIREAT', commits, text((turn + 2) * TURN))
  end
end
`;
