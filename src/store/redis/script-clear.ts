import { DRAFT } from "./script-common.ts";

/**
 * Ends a record or the owner. Arguments: commitId, "record" or "owner", state, until, ifVersion (or
 * nothing), channel (or nothing). Answers "cleared" or "conflict".
 */
export const CLEAR = `
${DRAFT}
local commitId, whole, state = ARGV[1], ARGV[2] == 'owner', ARGV[3]
local untilTime, ifVersion, channel = tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6]

if pastCommit(commitId) then return 'cleared' end
local owner = load()
local status = statusOf(owner)
if ifVersion and ifVersion ~= (status == 'absent' and 0 or owner.v) then return 'conflict' end
if not whole and status == 'ended' then return 'cleared' end
owner = beginLife(owner)
local version = math.max(owner.v + 1, micros)
owner.v = version

-- First a command that is allowed in a full server: then the rest of the script is too. A clear makes room.
redis.call('PERSIST', key)
if whole then
  redis.call('UNLINK', key)
  local ends = status == 'living' and untilTime or math.max(untilTime, owner.x)
  owner = { f = FORMAT, v = version, x = ends, e = 1, b = 0, p = owner.p, s = {} }
  put = {}
else
  local record = owner.s[state]
  local ended = record and record.e == 1
  -- An epoch ends even if nothing lives: a write that was on its way before the clear must not create the record after it.
  local epoch = record and isLiving(record) and record.p or nextEpoch(owner)
  local x = ended and math.max(untilTime, record.x) or untilTime
  drop(owner, state)
  owner.s[state] = { p = epoch, l = 0, e = 1, v = version, c = 0, x = x, b = 0, m = 0 }
  if status == 'absent' then owner.x = untilTime end
end
store(owner)
remember(commitId, 'cleared')
if channel ~= '' then
  redis.call('PUBLISH', channel, text(version) .. (whole and ':e' or (':s' .. state)))
end
return 'cleared'
`;

/** Extends the owner's expiry. Argument: expiresAt. Answers 1 if it did, else 0. */
export const TOUCH = `
${DRAFT}
local expiresAt = tonumber(ARGV[1])
local owner = load()
if statusOf(owner) ~= 'living' or expiresAt <= owner.x then return 0 end
owner.x = expiresAt
-- First what a full server allows.
expire(owner)
redis.call('HSET', key, 'm', cmsgpack.pack(owner))
return 1
`;
