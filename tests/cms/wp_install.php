<?php
// Run in the folder of WordPress: installs it and prints an application password of its administrator.
define( 'WP_INSTALLING', true );
$_SERVER['HTTP_HOST'] = parse_url( getenv( 'WP_URL' ), PHP_URL_HOST );
function wp_mail( ...$unused ) {
	return true;
}
require getcwd() . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
wp_install( 'Die Küstenzeitung', 'admin', 'admin@example.com', true, '', 'not-a-secret' );
update_option( 'timezone_string', 'Europe/Berlin' );
update_option( 'permalink_structure', getenv( 'WP_PERMALINKS' ) );
wp_delete_post( 1, true ); // "Hello world!"
list( $password ) = WP_Application_Passwords::create_new_application_password( 1, array( 'name' => 'tests' ) );
echo $password;
