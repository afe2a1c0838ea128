# SPDX-License-Identifier: GPL-2.0-or-later
# The project's own configure checks. Each failure is one sentence that names the package to install.

# XEN_MISSING(what, debian package, fedora package)
AC_DEFUN([XEN_MISSING], [AC_MSG_ERROR([$1 was not found: install its development package ($2 on Debian, $3 on Fedora), e.g. "apt install $2" or "dnf install $3"])])

# XEN_LIBRARY(VARIABLE, pkg-config modules, debian package, fedora package)
# Sets VARIABLE_CFLAGS and VARIABLE_LIBS.
AC_DEFUN([XEN_LIBRARY], [PKG_CHECK_MODULES([$1], [$2], [], [XEN_MISSING([$2], [$3], [$4])])])

# XEN_LIBRARY_PLAIN(VARIABLE, library, function, header, debian package, fedora package)
# The same for a library without a pkg-config file. Sets VARIABLE_LIBS.
AC_DEFUN([XEN_LIBRARY_PLAIN], [
	AC_CHECK_HEADER([$4], [], [XEN_MISSING([$4], [$5], [$6])])
	AC_CHECK_LIB([$2], [$3], [$1_LIBS=-l$2], [XEN_MISSING([lib$2], [$5], [$6])])
	AC_SUBST([$1_LIBS])
])

# XEN_UNPACK(format, archive, name)
# Adds the static archive to HV_UNPACK_LIBS; without it the hypervisor is built without that format.
AC_DEFUN([XEN_UNPACK], [
	AC_MSG_CHECKING([for $2, so that dom0 kernels may be compressed with $1])
	xen_archive=`$CC -print-file-name=$2`
	AS_IF([test "x$with_static_decompressors" != xno && test -f "$xen_archive"],
		[HV_UNPACK_LIBS="$HV_UNPACK_LIBS $xen_archive"; xen_unpack_formats="$xen_unpack_formats $1"],
		[HV_UNPACK_DEFS="$HV_UNPACK_DEFS -DUNPACK_WITHOUT_$3"; xen_archive=no])
	AC_MSG_RESULT([$xen_archive])
	AS_VAR_IF([xen_archive], [no],
		[AC_MSG_WARN([there is no $2 here: the hypervisor will not start dom0 kernels compressed with $1])])
])

# XEN_PATH(MACRO, default, what it is for)
# A run-time path, for config.h and for Makefiles; set by MACRO=... on configure's command line.
AC_DEFUN([XEN_PATH], [
	AC_ARG_VAR([$1], [$3 @<:@$2@:>@])
	: "${$1:=$2}"
	AC_DEFINE_UNQUOTED([$1], ["$$1"], [$3])
])

# XEN_FLAG(flag, if it works, if not): whether the compiler takes a flag.
AC_DEFUN([XEN_FLAG], [
	xen_saved_cflags=$CFLAGS
	CFLAGS="$CFLAGS $1"
	AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])], [xen_flag=yes], [xen_flag=no])
	CFLAGS=$xen_saved_cflags
	AS_VAR_IF([xen_flag], [yes], [$2], [$3])
])

# XEN_WARNINGS(VARIABLE, flags): the flags among those given that the compiler knows.
AC_DEFUN([XEN_WARNINGS], [
	AC_MSG_CHECKING([for compiler warnings])
	$1=
	for xen_warning in $2; do
		XEN_FLAG([$xen_warning], [$1="$$1 $xen_warning"], [:])
	done
	AC_MSG_RESULT([$$1])
	AC_SUBST([$1])
])

# XEN_SANITIZERS: SAN_CFLAGS, for unit tests, unless --disable-sanitizers.
AC_DEFUN([XEN_SANITIZERS], [
	SAN_CFLAGS=
	AS_VAR_IF([enable_sanitizers], [no], [], [
		AC_MSG_CHECKING([whether address and undefined-behaviour sanitizers work])
		XEN_FLAG([-fsanitize=address,undefined],
			[SAN_CFLAGS="-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer"])
		AC_MSG_RESULT([$xen_flag])
	])
	AC_SUBST([SAN_CFLAGS])
])
