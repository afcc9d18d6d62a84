/* Where this code was loaded from, so that an installed tree may be moved. */
#ifndef IMX_BASE_OWN_FOLDER_H
#define IMX_BASE_OWN_FOLDER_H

/* The path of what lies at `place`, relative to the folder of the library, or of the program that
 * has the library's code in it. Empty, which names no file, when that folder is unknown (a program
 * without /proc): what is looked for is then not taken from the current folder. NULL when out of
 * memory. Free with free(). */
char *imx_own_folder_join(const char *place);

#endif
