dnl SPDX-License-Identifier: GPL-2.0-or-later

dnl AUSPEX_LIB(PREFIX, MODULE, DEBIAN, FEDORA)
dnl Asks pkg-config for MODULE; what is missing is remembered with the names
dnl of the packages that hold it, for AUSPEX_LIBS_DONE to say.
AC_DEFUN([AUSPEX_LIB], [
PKG_CHECK_MODULES([$1], [$2], [],
	[auspex_missing="$auspex_missing
  $2 (Debian: $3, Fedora: $4)"
	auspex_missing_deb="$auspex_missing_deb $3"
	AS_CASE(["$auspex_missing_rpm "], [*" $4 "*], [],
		[auspex_missing_rpm="$auspex_missing_rpm $4"])])
])

AC_DEFUN([AUSPEX_LIBS_DONE], [
AS_IF([test -n "$auspex_missing"],
	[AC_MSG_ERROR([these libraries are missing or too old:$auspex_missing
Install them:
  Debian, Ubuntu: apt install$auspex_missing_deb
  Fedora, RHEL:   dnf install$auspex_missing_rpm])])
])

dnl AUSPEX_CFLAG(VARIABLE, FLAG)
dnl Adds FLAG to VARIABLE if the compiler takes it without a warning.
AC_DEFUN([AUSPEX_CFLAG], [
AC_MSG_CHECKING([whether $CC takes $2])
auspex_save_CFLAGS=$CFLAGS
CFLAGS="$CFLAGS -Werror $2"
AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[]], [[]])],
	[AC_MSG_RESULT([yes])
	AS_VAR_APPEND([$1], [" $2"])],
	[AC_MSG_RESULT([no])])
CFLAGS=$auspex_save_CFLAGS
])

dnl AUSPEX_LDFLAG(VARIABLE, FLAG)
dnl Adds FLAG to VARIABLE if a program can be linked with it.
AC_DEFUN([AUSPEX_LDFLAG], [
AC_MSG_CHECKING([whether the linker takes $2])
auspex_save_LDFLAGS=$LDFLAGS
auspex_save_CFLAGS=$CFLAGS
CFLAGS="$CFLAGS $HARDENING_CFLAGS"
LDFLAGS="$LDFLAGS -Werror $2"
AC_LINK_IFELSE([AC_LANG_PROGRAM([[]], [[]])],
	[AC_MSG_RESULT([yes])
	AS_VAR_APPEND([$1], [" $2"])],
	[AC_MSG_RESULT([no])])
LDFLAGS=$auspex_save_LDFLAGS
CFLAGS=$auspex_save_CFLAGS
])

dnl A row of a table may leave out what is zero in it.
AC_DEFUN([AUSPEX_WARNINGS], [
WARN_CFLAGS=
m4_foreach_w([flag], [-Wall -Wextra -Wshadow -Wstrict-prototypes
	-Wmissing-prototypes -Wpointer-arith -Wvla -Wformat=2
	-Wno-missing-field-initializers],
	[AUSPEX_CFLAG([WARN_CFLAGS], flag)])
AS_IF([test "$enable_werror" = yes], [AS_VAR_APPEND([WARN_CFLAGS], [" -Werror"])])
AC_SUBST([WARN_CFLAGS])
])

AC_DEFUN([AUSPEX_SANITIZERS], [
SAN_FLAGS=
FUZZ_LDFLAGS=
AS_IF([test "$enable_sanitizers" = yes || test "$enable_fuzzing" = yes],
	[SAN_FLAGS="-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer"])
AS_IF([test "$enable_fuzzing" = yes],
	[AS_VAR_APPEND([SAN_FLAGS], [" -fsanitize=fuzzer-no-link"])
	FUZZ_LDFLAGS="-fsanitize=fuzzer"])
AS_IF([test -n "$SAN_FLAGS"],
	[AC_MSG_CHECKING([whether $CC takes $SAN_FLAGS])
	auspex_save_CFLAGS=$CFLAGS
	CFLAGS="$CFLAGS $SAN_FLAGS"
	AC_LINK_IFELSE([AC_LANG_PROGRAM([[]], [[]])],
		[AC_MSG_RESULT([yes])],
		[AC_MSG_RESULT([no])
		AC_MSG_ERROR([$CC cannot build with $SAN_FLAGS: install clang and its run-time library (Debian: clang libclang-rt-dev, Fedora: clang compiler-rt) and configure with CC=clang])])
	CFLAGS=$auspex_save_CFLAGS])
AC_SUBST([SAN_FLAGS])
AC_SUBST([FUZZ_LDFLAGS])
])

dnl The level of _FORTIFY_SOURCE is what <features.h> says it has become, as a
dnl library that does not know level 3 falls back and an unoptimised build has
dnl none. The sanitizers see more without it.
AC_DEFUN([AUSPEX_FORTIFY], [
AC_MSG_CHECKING([for the level of _FORTIFY_SOURCE])
auspex_fortify=none
auspex_save_CFLAGS=$CFLAGS
for auspex_level in 3 2; do
	CFLAGS="$auspex_save_CFLAGS -Werror -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=$auspex_level"
	AS_IF([test "$auspex_fortify" = none],
		[AC_COMPILE_IFELSE([AC_LANG_SOURCE([[#include <string.h>
#if !defined __USE_FORTIFY_LEVEL || __USE_FORTIFY_LEVEL < _FORTIFY_SOURCE
#error not this level
#endif
int main(void) { return 0; }]])], [auspex_fortify=$auspex_level])])
done
CFLAGS=$auspex_save_CFLAGS
AC_MSG_RESULT([$auspex_fortify])
AS_IF([test "$auspex_fortify" != none],
	[HARDENING_CPPFLAGS="-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=$auspex_fortify"])
])

AC_DEFUN([AUSPEX_HARDENING], [
HARDENING_CPPFLAGS=
HARDENING_CFLAGS=
HARDENING_LDFLAGS=
AUSPEX_CFLAG([HARDENING_CFLAGS], [-fPIE])
AUSPEX_CFLAG([HARDENING_CFLAGS], [-fstack-protector-strong])
AUSPEX_CFLAG([HARDENING_CFLAGS], [-fstack-clash-protection])
AUSPEX_LDFLAG([HARDENING_LDFLAGS], [-pie])
AUSPEX_LDFLAG([HARDENING_LDFLAGS], [[-Wl,-z,relro,-z,now]])
AS_IF([test -z "$SAN_FLAGS"], [AUSPEX_FORTIFY])
auspex_hardening=`echo "$HARDENING_CFLAGS $HARDENING_LDFLAGS $HARDENING_CPPFLAGS" | $SED 's/  */ /g; s/^ //'`
AC_SUBST([HARDENING_CPPFLAGS])
AC_SUBST([HARDENING_CFLAGS])
AC_SUBST([HARDENING_LDFLAGS])
])
