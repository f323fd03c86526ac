// What set-agent-version runs on other machines, as root: POSIX shell, given on standard input. $1: the data directory, $2: the agent.
#pragma once

#include <string_view>

namespace jujubackup::restore_run {

inline constexpr int script_without_tools = 3;

// $3: the version. Prints "tools FOLDER", "link TARGET" where there is one, "version OLD", "copy yes" or "copy no".
inline constexpr std::string_view look_script = R"sh(set -eu
LC_ALL=C; export LC_ALL
conf="$1/agents/$2/agent.conf"
cd "$1/tools"
found=
for each in "$3"-*-*; do
  if [ -d "$each" ] && [ ! -h "$each" ]; then found=$each; break; fi
done
[ -n "$found" ] || exit 3
echo "tools $found"
if [ -h "$2" ]; then echo "link $(readlink "$2")"
elif [ -e "$2" ]; then echo "$1/tools/$2 is not a link" >&2; exit 4; fi
echo "version $(sed -n 's/^upgradedToVersion: *//p' "$conf")"
if [ -e "$conf.bkup" ]; then echo "copy yes"; else echo "copy no"; fi
)sh";

// $3: the version. The text before is kept as agent.conf.bkup. A file that is renamed into its place was flushed before.
inline constexpr std::string_view set_script = R"sh(set -eu
LC_ALL=C; export LC_ALL
umask 077
conf="$1/agents/$2/agent.conf"
cd "$1/tools"
found=
for each in "$3"-*-*; do
  if [ -d "$each" ] && [ ! -h "$each" ]; then found=$each; break; fi
done
[ -n "$found" ] || exit 3
[ -f "$conf" ] || { echo "there is no $conf" >&2; exit 4; }
if ! grep -qxF "upgradedToVersion: $3" "$conf"; then
  cp -p "$conf" "$conf.bkup.new"
  mv -f "$conf.bkup.new" "$conf.bkup"
  cp -p "$conf" "$conf.new"
  if grep -q '^upgradedToVersion:' "$conf"; then
    sed "s/^upgradedToVersion:.*/upgradedToVersion: $3/" "$conf" > "$conf.new"
  else
    echo "upgradedToVersion: $3" >> "$conf.new"
  fi
  sync
  mv -f "$conf.new" "$conf"
fi
case "$(readlink "$2" || true)" in
  /*|'') target="$1/tools/$found" ;;
  *) target=$found ;;
esac
if [ "$(readlink "$2" || true)" != "$target" ]; then
  ln -sfn "$target" ".$2.new"
  mv -fT ".$2.new" "$2"
fi
sync
)sh";

// $3: the version before, $4: whether there was a link, $5: where it led, $6: whether agent.conf.bkup was there before.
inline constexpr std::string_view undo_script = R"sh(set -eu
LC_ALL=C; export LC_ALL
conf="$1/agents/$2/agent.conf"
rm -f "$conf.new" "$conf.bkup.new" "$1/tools/.$2.new"
if [ "$(sed -n 's/^upgradedToVersion: *//p' "$conf")" != "$3" ] && [ -f "$conf.bkup" ]; then mv -f "$conf.bkup" "$conf"; fi
if [ "$6" = no ]; then rm -f "$conf.bkup"; fi
cd "$1/tools"
if [ "$4" = no ]; then
  if [ -h "$2" ]; then rm -f "$2"; fi
elif [ "$(readlink "$2" || true)" != "$5" ]; then
  ln -sfn "$5" ".$2.new"
  mv -fT ".$2.new" "$2"
fi
sync
)sh";

}  // namespace jujubackup::restore_run
